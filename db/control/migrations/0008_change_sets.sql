CREATE TABLE `change_set` (
	`space` text NOT NULL,
	`id` text NOT NULL,
	`title` text NOT NULL,
	`description` text NOT NULL,
	`state` text NOT NULL,
	`revision` integer NOT NULL,
	`hash` text NOT NULL,
	`created_at` integer NOT NULL,
	`created_by` text NOT NULL,
	`updated_at` integer NOT NULL,
	`editors` text NOT NULL,
	`approval` text,
	`schedule` text,
	`published` text,
	`failure` text,
	`scheduled_at` integer,
	PRIMARY KEY(`space`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `change_set_state` ON `change_set` (`space`,`state`,`id`);--> statement-breakpoint
CREATE TABLE `change_set_item` (
	`space` text NOT NULL,
	`change_set` text NOT NULL,
	`kind` text NOT NULL,
	`id` text NOT NULL,
	`base_version` integer NOT NULL,
	`body` text,
	`hash` text,
	`edited_at` integer NOT NULL,
	`edited_by` text NOT NULL,
	PRIMARY KEY(`space`, `change_set`, `kind`, `id`)
);
--> statement-breakpoint
CREATE TABLE `change_set_review` (
	`space` text NOT NULL,
	`change_set` text NOT NULL,
	`revision` integer NOT NULL,
	`at` integer NOT NULL,
	`actor` text NOT NULL,
	`act` text NOT NULL,
	`hash` text NOT NULL,
	`note` text,
	PRIMARY KEY(`space`, `change_set`, `revision`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `freeze` (
	`space` text PRIMARY KEY NOT NULL,
	`actor` text NOT NULL,
	`since` integer NOT NULL,
	`reason` text NOT NULL
) WITHOUT ROWID;
