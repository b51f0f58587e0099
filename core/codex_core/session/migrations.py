"""The tables of the session database: one SQL text per version.

A released one is never edited, a change is a new one at the end.
"""

from __future__ import annotations

MIGRATIONS = (
    """
    CREATE TABLE sessions (
        id TEXT PRIMARY KEY,
        workspace TEXT NOT NULL,
        title TEXT NOT NULL,
        model TEXT NOT NULL,
        settings TEXT NOT NULL DEFAULT '{}',
        created_at REAL NOT NULL,
        updated_at REAL NOT NULL,
        item_count INTEGER NOT NULL DEFAULT 0, -- kept by triggers; superseded items do not count
        parent TEXT
    );
    CREATE INDEX sessions_by_age ON sessions (updated_at);
    CREATE INDEX sessions_by_workspace ON sessions (workspace, updated_at);

    CREATE TABLE items (
        session_id TEXT NOT NULL,
        seq INTEGER NOT NULL, -- the order; counts up, may have gaps
        item_id TEXT NOT NULL,
        kind TEXT NOT NULL, -- the item's type, also inside `data`
        call_id TEXT, -- of tool calls and their results
        at REAL NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('complete', 'partial', 'superseded')),
        data TEXT NOT NULL, -- see codex_core.protocol.codec
        PRIMARY KEY (session_id, seq),
        UNIQUE (session_id, item_id)
    );
    CREATE INDEX items_by_call ON items (session_id, call_id, kind) WHERE call_id IS NOT NULL;

    CREATE TRIGGER items_are_counted AFTER INSERT ON items BEGIN
        UPDATE sessions
        SET item_count = item_count + (NEW.state <> 'superseded'),
            updated_at = (julianday('now') - 2440587.5) * 86400.0
        WHERE id = NEW.session_id;
    END;
    CREATE TRIGGER superseded_items_are_not_counted AFTER UPDATE OF state ON items
    WHEN NEW.state = 'superseded' AND OLD.state <> 'superseded' BEGIN
        UPDATE sessions SET item_count = item_count - 1 WHERE id = NEW.session_id;
    END;
    CREATE TRIGGER items_are_only_appended BEFORE UPDATE OF data, seq ON items
    WHEN OLD.state <> 'partial' BEGIN
        SELECT RAISE(ABORT, 'an item that is complete was written again');
    END;

    CREATE TABLE calls_started (
        session_id TEXT NOT NULL,
        call_id TEXT NOT NULL,
        at REAL NOT NULL,
        PRIMARY KEY (session_id, call_id)
    );

    CREATE TABLE approvals (
        session_id TEXT NOT NULL,
        at REAL NOT NULL,
        request TEXT NOT NULL,
        answer TEXT NOT NULL
    );
    CREATE INDEX approvals_by_session ON approvals (session_id);

    CREATE TABLE usage (
        session_id TEXT NOT NULL,
        step_id TEXT NOT NULL,
        model TEXT NOT NULL,
        at REAL NOT NULL,
        duration_s REAL NOT NULL,
        input_tokens INTEGER NOT NULL,
        cached_input_tokens INTEGER NOT NULL,
        output_tokens INTEGER NOT NULL,
        reasoning_tokens INTEGER NOT NULL,
        cost_usd REAL, -- NULL: the price is not known
        is_estimate INTEGER NOT NULL
    );
    CREATE INDEX usage_by_session ON usage (session_id);

    CREATE TABLE leases (
        session_id TEXT PRIMARY KEY,
        pid INTEGER NOT NULL,
        host TEXT NOT NULL, -- boot and pid namespace: where `pid` means something
        started TEXT NOT NULL, -- of the process, so that a reused pid is another one
        beat REAL NOT NULL -- last sign of life, seconds since 1970
    );
    """,
    # What a model call used is in its item; here it stands once more, to be summed without reading the session.
    """
    CREATE TRIGGER usage_of_steps AFTER INSERT ON items
    WHEN NEW.kind = 'step' AND json_type(NEW.data, '$.usage') = 'object' BEGIN
        INSERT INTO usage (
            session_id, step_id, model, at, duration_s,
            input_tokens, cached_input_tokens, output_tokens, reasoning_tokens, cost_usd, is_estimate
        ) VALUES (
            NEW.session_id, NEW.item_id, json_extract(NEW.data, '$.model'), NEW.at,
            json_extract(NEW.data, '$.duration_s'),
            json_extract(NEW.data, '$.usage.input_tokens'),
            json_extract(NEW.data, '$.usage.cached_input_tokens'),
            json_extract(NEW.data, '$.usage.output_tokens'),
            json_extract(NEW.data, '$.usage.reasoning_tokens'),
            json_extract(NEW.data, '$.usage.cost_usd'),
            json_extract(NEW.data, '$.usage.is_estimate')
        );
    END;
    """,
    # One log for all that was asked, allowed, refused and widened, a row for each fact. A request is there before it is
    # answered. A row that is no JSON could not be shown before either, and stays behind with the old table.
    """
    CREATE TABLE audit (
        id INTEGER PRIMARY KEY, -- the order
        session_id TEXT NOT NULL,
        at REAL NOT NULL,
        kind TEXT NOT NULL, -- the entry's type, also inside `data`
        data TEXT NOT NULL -- see codex_core.protocol.audit
    );
    CREATE INDEX audit_by_session ON audit (session_id, kind);
    CREATE TRIGGER audit_is_only_appended BEFORE UPDATE ON audit BEGIN
        SELECT RAISE(ABORT, 'an entry of the audit log was written again');
    END;
    INSERT INTO audit (session_id, at, kind, data)
    SELECT session_id, at, kind, data FROM (
        SELECT rowid AS row, 1 AS part, session_id, at, 'asked' AS kind,
            json_object('type', 'asked', 'request', json(request)) AS data
        FROM approvals WHERE json_valid(request) AND json_valid(answer)
        UNION ALL
        SELECT rowid, 2, session_id, at, 'answered',
            json_object('type', 'answered', 'request_id', json_extract(request, '$.request_id'),
                'call_id', json_extract(request, '$.call_id'), 'answer', json(answer))
        FROM approvals WHERE json_valid(request) AND json_valid(answer)
    ) ORDER BY row, part;
    DELETE FROM approvals WHERE json_valid(request) AND json_valid(answer);
    """,
    """
    ALTER TABLE sessions ADD COLUMN archived INTEGER NOT NULL DEFAULT 0; -- 1: lists leave it out
    ALTER TABLE sessions ADD COLUMN title_by TEXT NOT NULL DEFAULT 'words'; -- first 'words', the 'model', the 'user'
    """,
    # A rewind is an item like any other; in one statement with it the items that it leaves out are marked, and those
    # count again that were left out by the rewind that it takes back.
    """
    CREATE TABLE checkpoints (
        id INTEGER PRIMARY KEY, -- the order
        session_id TEXT NOT NULL,
        seq INTEGER NOT NULL, -- of the newest item then
        at REAL NOT NULL,
        kind TEXT NOT NULL, -- before: 'turn', 'call', 'rewind'; after: 'after', 'rewound'
        ref TEXT NOT NULL, -- the id of the prompt, the call, the rewind
        checkpoint TEXT NOT NULL
    );
    CREATE INDEX checkpoints_by_session ON checkpoints (session_id, id);

    ALTER TABLE items ADD COLUMN rewound_by TEXT; -- the rewind since which it does not count; NULL: it counts
    CREATE INDEX items_by_rewind ON items (session_id, rewound_by) WHERE rewound_by IS NOT NULL;
    DROP TRIGGER items_are_counted;
    CREATE TRIGGER items_are_counted AFTER INSERT ON items BEGIN
        UPDATE sessions
        SET item_count = item_count + (NEW.state <> 'superseded' AND NEW.rewound_by IS NULL),
            updated_at = (julianday('now') - 2440587.5) * 86400.0
        WHERE id = NEW.session_id;
    END;
    DROP TRIGGER superseded_items_are_not_counted;
    CREATE TRIGGER superseded_items_are_not_counted AFTER UPDATE OF state ON items
    WHEN NEW.state = 'superseded' AND OLD.state <> 'superseded' AND NEW.rewound_by IS NULL BEGIN
        UPDATE sessions SET item_count = item_count - 1 WHERE id = NEW.session_id;
    END;
    CREATE TRIGGER rewound_items_are_not_counted AFTER UPDATE OF rewound_by ON items
    WHEN NEW.state <> 'superseded' AND (NEW.rewound_by IS NULL) <> (OLD.rewound_by IS NULL) BEGIN
        UPDATE sessions SET item_count = item_count + CASE WHEN NEW.rewound_by IS NULL THEN 1 ELSE -1 END
        WHERE id = NEW.session_id;
    END;
    CREATE TRIGGER rewinds_leave_items_out AFTER INSERT ON items
    WHEN NEW.kind = 'rewind' AND NEW.rewound_by IS NULL BEGIN
        UPDATE items SET rewound_by = NULL
        WHERE session_id = NEW.session_id AND rewound_by = json_extract(NEW.data, '$.undoes');
        UPDATE items SET rewound_by = NEW.item_id
        WHERE session_id = NEW.session_id AND rewound_by IS NULL AND seq < NEW.seq AND seq >= (
            SELECT seq FROM items
            WHERE session_id = NEW.session_id AND item_id = json_extract(NEW.data, '$.rewound_from')
        );
    END;
    """,
    """
    ALTER TABLE sessions ADD COLUMN trashed INTEGER NOT NULL DEFAULT 0; -- 1: deleted, unless that is taken back
    CREATE INDEX sessions_in_trash ON sessions (id) WHERE trashed;
    CREATE INDEX turn_ends ON items (session_id) WHERE kind = 'turn_end' AND rewound_by IS NULL; -- to count turns
    """,
    # A row that is no JSON any more is copied with its session like any other; only its sums are not known.
    """
    DROP TRIGGER IF EXISTS usage_of_steps;
    CREATE TRIGGER usage_of_steps AFTER INSERT ON items
    WHEN NEW.kind = 'step' AND CASE WHEN json_valid(NEW.data) THEN json_type(NEW.data, '$.usage') = 'object' END BEGIN
        INSERT OR IGNORE INTO usage (
            session_id, step_id, model, at, duration_s,
            input_tokens, cached_input_tokens, output_tokens, reasoning_tokens, cost_usd, is_estimate
        ) VALUES (
            NEW.session_id, NEW.item_id, json_extract(NEW.data, '$.model'), NEW.at,
            json_extract(NEW.data, '$.duration_s'),
            json_extract(NEW.data, '$.usage.input_tokens'),
            json_extract(NEW.data, '$.usage.cached_input_tokens'),
            json_extract(NEW.data, '$.usage.output_tokens'),
            json_extract(NEW.data, '$.usage.reasoning_tokens'),
            json_extract(NEW.data, '$.usage.cost_usd'),
            json_extract(NEW.data, '$.usage.is_estimate')
        );
    END;
    DROP TRIGGER IF EXISTS rewinds_leave_items_out;
    CREATE TRIGGER rewinds_leave_items_out AFTER INSERT ON items
    WHEN NEW.kind = 'rewind' AND NEW.rewound_by IS NULL AND json_valid(NEW.data) BEGIN
        UPDATE items SET rewound_by = NULL
        WHERE session_id = NEW.session_id AND rewound_by = json_extract(NEW.data, '$.undoes');
        UPDATE items SET rewound_by = NEW.item_id
        WHERE session_id = NEW.session_id AND rewound_by IS NULL AND seq < NEW.seq AND seq >= (
            SELECT seq FROM items
            WHERE session_id = NEW.session_id AND item_id = json_extract(NEW.data, '$.rewound_from')
        );
    END;
    """,
    # What the user has said and nobody was told yet. In one statement with the item that it becomes it waits no more.
    """
    CREATE TABLE waiting (
        session_id TEXT NOT NULL,
        item_id TEXT NOT NULL, -- of the item that it becomes
        at REAL NOT NULL,
        until TEXT NOT NULL, -- 'steer', 'queue', 'command' or 'redirect'
        data TEXT NOT NULL, -- a user's item, see codex_core.protocol.codec
        PRIMARY KEY (session_id, item_id)
    );
    CREATE TRIGGER delivered_words_wait_no_more AFTER INSERT ON items WHEN NEW.kind IN ('user', 'tool_call') BEGIN
        DELETE FROM waiting WHERE session_id = NEW.session_id AND item_id = NEW.item_id;
    END;
    """,
)
VERSION = len(MIGRATIONS)
