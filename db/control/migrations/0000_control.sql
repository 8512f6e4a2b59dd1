CREATE TABLE `audit` (
	`space` text NOT NULL,
	`number` integer NOT NULL,
	`at` integer NOT NULL,
	`actor` text NOT NULL,
	`request_id` text NOT NULL,
	`action` text NOT NULL,
	`kind` text NOT NULL,
	`subject` text NOT NULL,
	`before_version` integer,
	`before_hash` text,
	`after_version` integer,
	`after_hash` text,
	`note` text,
	`previous_hash` text NOT NULL,
	`hash` text NOT NULL,
	PRIMARY KEY(`space`, `number`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `dead_letter` (
	`id` text PRIMARY KEY NOT NULL,
	`space` text NOT NULL,
	`at` integer NOT NULL,
	`queue` text NOT NULL,
	`reason` text NOT NULL,
	`body` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `membership` (
	`segment` text NOT NULL,
	`pid` text NOT NULL,
	`space` text NOT NULL,
	`since` integer NOT NULL,
	PRIMARY KEY(`space`, `segment`, `pid`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `operator_token` (
	`space` text NOT NULL,
	`name` text NOT NULL,
	`hash` text NOT NULL,
	`created_at` integer NOT NULL,
	`created_by` text NOT NULL,
	`last_used_day` text,
	`revoked_at` integer,
	PRIMARY KEY(`space`, `name`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `profile` (
	`pid` text PRIMARY KEY NOT NULL,
	`space` text NOT NULL,
	`known` integer NOT NULL,
	`last_seen_day` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `resource` (
	`space` text NOT NULL,
	`kind` text NOT NULL,
	`id` text NOT NULL,
	`version` integer NOT NULL,
	`archived` integer NOT NULL,
	PRIMARY KEY(`space`, `kind`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `resource_version` (
	`space` text NOT NULL,
	`kind` text NOT NULL,
	`id` text NOT NULL,
	`version` integer NOT NULL,
	`body` text NOT NULL,
	`hash` text NOT NULL,
	`archived` integer NOT NULL,
	`at` integer NOT NULL,
	`actor` text NOT NULL,
	PRIMARY KEY(`space`, `kind`, `id`, `version`)
);
--> statement-breakpoint
CREATE TABLE `rollup_decision` (
	`space` text NOT NULL,
	`hour` text NOT NULL,
	`placement` text NOT NULL,
	`offer` text NOT NULL,
	`decisions` integer NOT NULL,
	`impressions` integer NOT NULL,
	`clicks` integer NOT NULL,
	PRIMARY KEY(`space`, `hour`, `placement`, `offer`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `rollup_event` (
	`space` text NOT NULL,
	`hour` text NOT NULL,
	`source` text NOT NULL,
	`type` text NOT NULL,
	`count` integer NOT NULL,
	PRIMARY KEY(`space`, `hour`, `source`, `type`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `rollup_ledger` (
	`space` text NOT NULL,
	`minute` integer NOT NULL,
	`shard` integer NOT NULL,
	`ids` blob NOT NULL,
	PRIMARY KEY(`space`, `minute`, `shard`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `rollup_membership` (
	`space` text NOT NULL,
	`hour` text NOT NULL,
	`segment` text NOT NULL,
	`entered` integer NOT NULL,
	`exited` integer NOT NULL,
	PRIMARY KEY(`space`, `hour`, `segment`)
) WITHOUT ROWID;
