-- Which agents are enrolled, and the tokens with which others may.
CREATE TABLE enrolments(agent TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE agent_tokens(id TEXT PRIMARY KEY, body TEXT NOT NULL);
