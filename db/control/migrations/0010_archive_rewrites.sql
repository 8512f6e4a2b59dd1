CREATE TABLE `archive_rewrite` (
	`space` text NOT NULL,
	`request` text NOT NULL,
	`keys` text NOT NULL,
	`since` text NOT NULL,
	`noted_at` integer NOT NULL,
	`cursor` text,
	PRIMARY KEY(`space`, `request`)
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `archive_key` ADD `since` integer;--> statement-breakpoint
INSERT INTO `archive_rewrite` (`space`, `request`, `keys`, `since`, `noted_at`)
SELECT `space`, 'before/' || substr(`id`, 1, instr(`id`, '/') - 1), json_group_array(`id`), '', max(`destroyed_at`)
FROM `archive_key`
WHERE `sealed` IS NULL
GROUP BY `space`, substr(`id`, 1, instr(`id`, '/') - 1);
