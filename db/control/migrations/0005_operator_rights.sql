ALTER TABLE `operator_token` ADD `kind` text DEFAULT 'personal' NOT NULL;--> statement-breakpoint
ALTER TABLE `operator_token` ADD `role` text DEFAULT 'owner' NOT NULL;--> statement-breakpoint
ALTER TABLE `operator_token` ADD `scopes` text;--> statement-breakpoint
ALTER TABLE `operator_token` ADD `expires_at` integer;