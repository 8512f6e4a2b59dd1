CREATE TABLE `operator_session` (
	`space` text NOT NULL,
	`id` text NOT NULL,
	`operator` text NOT NULL,
	`hash` text NOT NULL,
	`kind` text NOT NULL,
	`challenge` text,
	`issuer` text NOT NULL,
	`created_at` integer NOT NULL,
	`seen_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`came_from` text,
	`agent` text,
	PRIMARY KEY(`space`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `operator_token` ADD `email` text;--> statement-breakpoint
ALTER TABLE `operator_token` ADD `issuer` text;--> statement-breakpoint
ALTER TABLE `operator_token` ADD `subject` text;