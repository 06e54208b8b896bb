/* Bare SQLite: inserts the rows that standard input holds, as durably as the gateway does, and does nothing else.
 * Usage: inserts DATABASE BATCH
 *
 * A line is a row of `completion` without its id, its columns between tabs, and BATCH of them are one transaction. Those whose call is
 * there already are passed over. Prints how many were not. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS 12

static sqlite3 *db;

static void hold(int code) {
    if (code == SQLITE_OK || code == SQLITE_DONE) return;
    fprintf(stderr, "SQLite: %s\n", sqlite3_errmsg(db));
    exit(1);
}

static void run(const char *sql) { hold(sqlite3_exec(db, sql, NULL, NULL, NULL)); }

int main(int argc, char **argv) {
    if (argc != 3 || atoi(argv[2]) < 1) return 64;
    hold(sqlite3_open(argv[1], &db));
    run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON");
    sqlite3_stmt *insert;
    hold(sqlite3_prepare_v2(db, "INSERT OR IGNORE INTO completion (call, at, workspace, model, input, output, total, cost_micros, cost_rest, "
        "units_micros, units_rest, received_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", -1, &insert, NULL));
    char *line = NULL;
    size_t room = 0;
    long rows = 0, recorded = 0, batch = atol(argv[2]);
    while (getline(&line, &room, stdin) > 0) {
        if (rows % batch == 0) run("BEGIN IMMEDIATE");
        char *rest = line;
        line[strcspn(line, "\n")] = 0;
        for (int column = 1; column <= COLUMNS; column++) {
            char *text = strsep(&rest, "\t");
            if (!text) { fprintf(stderr, "not a row: %s\n", line); exit(1); }
            if (column == 1 || column == 3 || column == 4) hold(sqlite3_bind_text(insert, column, text, -1, SQLITE_TRANSIENT));
            else hold(sqlite3_bind_int64(insert, column, atoll(text)));
        }
        hold(sqlite3_step(insert));
        recorded += sqlite3_changes(db);
        hold(sqlite3_reset(insert));
        if (++rows % batch == 0) run("COMMIT");
    }
    if (rows % batch) run("COMMIT");
    sqlite3_finalize(insert);
    sqlite3_close(db);
    printf("%ld of %ld\n", recorded, rows);
    return 0;
}
