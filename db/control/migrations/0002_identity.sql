CREATE TABLE `archive_key` (
	`space` text NOT NULL,
	`id` text NOT NULL,
	`sealed` text,
	`destroyed_at` integer,
	PRIMARY KEY(`space`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `erasure` (
	`space` text NOT NULL,
	`request` text NOT NULL,
	`profile` text NOT NULL,
	`scope` text NOT NULL,
	`suppress` integer NOT NULL,
	`requested_at` integer NOT NULL,
	`step` integer NOT NULL,
	`deleted` text NOT NULL,
	`finished_at` integer,
	PRIMARY KEY(`space`, `request`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `identity_alarm` (
	`space` text NOT NULL,
	`kind` text NOT NULL,
	`namespace` text NOT NULL,
	`hash` text NOT NULL,
	`pid` text,
	`detail` text NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`space`, `kind`, `namespace`, `hash`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `identity_claim` (
	`space` text NOT NULL,
	`namespace` text NOT NULL,
	`hash` text NOT NULL,
	`pid` text NOT NULL,
	`day` text NOT NULL,
	PRIMARY KEY(`space`, `namespace`, `hash`, `pid`)
) WITHOUT ROWID;
