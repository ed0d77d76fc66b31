using System.Collections.Immutable;
using System.Data.Common;
using System.Text.Json;
using Dapper;
using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Protocol.Fleet;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Store;

/// <summary>Reads the run as the last coordinator left it.</summary>
internal sealed class RunReader(DbConnection connection, string run)
{
    public (string State, string? Detail, long LastSequence) RunState() =>
        connection.QuerySingle<(string, string?, long)>("SELECT state, detail, last_sequence FROM runs WHERE run = @run", new { run });

    public IEnumerable<KnownAgent> Agents() => connection
        .Query<(
            string Name,
            string Boot,
            string ReplyQueue,
            string Role,
            bool Present,
            long Strikes,
            bool Quarantined,
            long Examples,
            bool Took,
            bool Unanswered,
            long Missed,
            long? Rank)>(
            "SELECT agent, boot, reply_queue, role, present, strikes, quarantined, examples, took, unanswered, missed, rank FROM agents WHERE run = "
            + "@run ORDER BY agent",
            new { run })
        .Select(row => new KnownAgent(row.Name, Guid.Parse(row.Boot), row.ReplyQueue, Enum.Parse<AgentRole>(row.Role))
        {
            Present = row.Present,
            Strikes = (int)row.Strikes,
            Quarantined = row.Quarantined,
            Examples = (int)row.Examples,
            Took = row.Took,
            Unanswered = row.Unanswered,
            Missed = (int)row.Missed,
            Rank = (int?)row.Rank,
        });

    /// <summary>The newest round, with its tasks; absent before the first.</summary>
    public Round? LastRound()
    {
        RoundRow? row = connection.QueryFirstOrDefault<RoundRow>("SELECT * FROM rounds WHERE run = @run ORDER BY round DESC LIMIT 1", new { run });
        return row is null ? null : new Round
        {
            Number = (int)row.round,
            State = Enum.Parse<RoundState>(row.state),
            Needed = (int)row.needed,
            Goal = (int)row.goal,
            Quorum = (int)row.quorum,
            OpenedAt = row.opened_at,
            SoftDeadline = row.soft_deadline,
            HardDeadline = row.hard_deadline,
            Extension = (int)row.extension,
            LastResultAt = row.last_result_at,
            Aggregations = (int)row.aggregations,
            Wanted = (int)row.wanted,
            FrozenAt = row.frozen_at,
            TypicalTaskMs = row.typical_task_ms,
            Tasks = Tasks("Train").Where(task => task.Round == row.round).ToImmutableSortedDictionary(
                t => t.Task.Agent,
                t => t.Task,
                StringComparer.Ordinal),
        };
    }

    public IEnumerable<(int Round, AgentTask Task)> Tasks(string kind) => connection
        .Query<TaskRow>("SELECT * FROM tasks WHERE run = @run AND kind = @kind ORDER BY round, agent", new { run, kind })
        .Select(row => ((int)row.round, new AgentTask(
            row.agent, (int)row.attempt, (int)row.lease_epoch, Enum.Parse<TaskState>(row.state), row.offered_at, row.last_heard)
        {
            DoneAt = row.done_at,
            EndCode = row.end_code,
            Counts = row.counts,
            Taken = row.taken,
            Rank = (int?)row.rank,
        }));

    /// <summary>
    /// The results that count in a round, one for each agent, in the order of their names: its own, and late ones of the round before.
    /// </summary>
    public IEnumerable<StoredResult> Results(int round) => connection
        .Query<(
            long Round,
            string Agent,
            string Sha256,
            long Size,
            string Codec,
            long Examples,
            double Products,
            double Saved,
            double Factors,
            string Metrics,
            string? ClassCounts,
            long? CountsIn,
            long? Rank,
            long TrainMs,
            long? TransferMs)>(
            """
            SELECT round, agent, sha256, size, codec, examples, norm_products, norm_saved, norm_factors, metrics, class_counts, counts_in, rank,
                train_ms, transfer_ms FROM results
            WHERE run = @run AND COALESCE(counts_in, round) = @round ORDER BY agent
            """,
            new { run, round })
        .Select(row => new StoredResult(
            (int)row.Round,
            row.Agent,
            row.Sha256,
            row.Size,
            row.Codec,
            (int)row.Examples,
            new ChangeNorm(row.Products, row.Saved) { Factors = row.Factors },
            JsonSerializer.Deserialize<ResultMetrics>(row.Metrics)!)
        {
            CountsIn = (int?)row.CountsIn,
            Rank = (int?)row.Rank,
            TrainMs = row.TrainMs,
            TransferMs = row.TransferMs,
            ClassCounts = row.ClassCounts is null ? null : JsonSerializer.Deserialize<int[]>(row.ClassCounts),
        });

    /// <summary>Examples with which each agent counted in the last model before a round that it has part in.</summary>
    public IReadOnlyDictionary<string, double> CountedBefore(int round)
    {
        var counted = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach ((string agent, double weight) in connection.Query<(string, double)>(
            """
            SELECT m.agent, CAST(COALESCE(m.weight, r.examples) AS DOUBLE PRECISION) FROM manifests m
            JOIN models o ON o.run = m.run AND o.round = m.round
            JOIN results r ON r.run = m.run AND r.agent = m.agent AND COALESCE(r.counts_in, r.round) = m.round
            WHERE m.run = @run AND m.round < @round AND m.reason IS NULL ORDER BY m.round
            """,
            new { run, round }))
        {
            counted[agent] = weight;
        }

        return counted;
    }

    /// <summary>Whether an agent's result of a round was accepted, wherever it counts.</summary>
    public bool HasResult(int round, string agent) =>
        connection.ExecuteScalar<long>(
            "SELECT COUNT(*) FROM results WHERE run = @run AND round = @round AND agent = @agent", new { run, round, agent }) > 0;

    /// <summary>
    /// Hashes of the bodies that nothing needs once a round is over: of its results, and of late ones that results of the round took the place of.
    /// </summary>
    /// <remarks>Not of one that counts later: two agents may send the same body.</remarks>
    public IEnumerable<string> Bodies(int round) => connection.Query<string>(
        """
        SELECT sha256 FROM results WHERE run = @run AND ABS(COALESCE(counts_in, round)) = @round
        EXCEPT SELECT sha256 FROM results WHERE run = @run AND ABS(COALESCE(counts_in, round)) > @round
        """,
        new { run, round });

    /// <summary>Whether a body belongs to a result that counts in a later round.</summary>
    public bool IsNeededAfter(int round, string sha256) => connection.ExecuteScalar<long>(
        "SELECT COUNT(*) FROM results WHERE run = @run AND sha256 = @sha256 AND ABS(COALESCE(counts_in, round)) > @round",
        new { run, sha256, round }) > 0;

    public IEnumerable<(string Agent, string Reason)> Refusals(int round) =>
        connection.Query<(string, string)>(
            "SELECT agent, reason FROM refusals WHERE run = @run AND round = @round ORDER BY agent", new { run, round });

    public IEnumerable<ManifestEntry> Manifest(int round) => connection
        .Query<(string Agent, string? Reason, double? Weight)>(
            "SELECT agent, reason, weight FROM manifests WHERE run = @run AND round = @round ORDER BY position", new { run, round })
        .Select(row => new ManifestEntry(row.Agent, row.Reason, row.Weight));

    public IEnumerable<StoredModel> Models() => connection
        .Query<ModelRow>(
            "SELECT round, sha256, size, chunk_size, codec, figures, modules, base_delta, momentum FROM models WHERE run = @run ORDER BY round",
            new { run })
        .Select(row => new StoredModel(
            (int)row.round,
            new BlobClaim { Sha256 = row.sha256, Size = row.size, ChunkSize = (int)row.chunk_size, Codec = row.codec },
            row.figures is null ? null : JsonSerializer.Deserialize<RoundFigures>(row.figures),
            row.modules)
        {
            BaseDelta = Claim(row.base_delta),
            Momentum = Claim(row.momentum),
        });

    /// <summary>Noisy sums made, or about to be made, of agents' data: one for each private round that was frozen.</summary>
    public int NoisySums() => connection.ExecuteScalar<int>("SELECT COUNT(*) FROM noise WHERE run = @run", new { run });

    /// <summary>The noise of a private round that is frozen and not over; absent otherwise.</summary>
    public ImmutableArray<byte>? Noise(int round) =>
        connection.ExecuteScalar<byte[]?>("SELECT key FROM noise WHERE run = @run AND round = @round", new { run, round }) is { } key
            ? [.. key]
            : null;

    private static BlobClaim? Claim(string? text) => text is null ? null : JsonSerializer.Deserialize<BlobClaim>(text);

    /// <summary>What evaluators measured.</summary>
    public IEnumerable<StoredEvaluation> Evaluations() => Evaluations(onOwnData: false);

    /// <summary>What agents measured on their held-out data at the end of the run.</summary>
    public IEnumerable<StoredEvaluation> AgentMeasures() => Evaluations(onOwnData: true);

    /// <summary>Which round's model is the run's; null: that is not decided yet.</summary>
    public PublishedModel? Published() => connection.QuerySingleOrDefault<(long? Round, string? Reason)>(
        "SELECT published, published_reason FROM runs WHERE run = @run", new { run }) is { Round: { } round, Reason: var reason }
        ? new PublishedModel((int)round, reason)
        : null;

    /// <summary>Why the run ends before all its rounds are done; null: it does not.</summary>
    public string? Ending() => connection.ExecuteScalar<string?>("SELECT ending FROM runs WHERE run = @run", new { run });

    private IEnumerable<StoredEvaluation> Evaluations(bool onOwnData) => connection
        .Query<(long Round, string Agent, long Examples, string Metrics)>(
            "SELECT round, agent, examples, metrics FROM evaluations WHERE run = @run AND own_data = @onOwnData ORDER BY round, agent",
            new { run, onOwnData })
        .Select(row => new StoredEvaluation((int)row.Round, row.Agent, (int)row.Examples, JsonSerializer.Deserialize<ResultMetrics>(row.Metrics)!));

    public IEnumerable<(int Round, RoundState State)> Rounds() => connection
        .Query<(long Round, string State)>("SELECT round, state FROM rounds WHERE run = @run ORDER BY round", new { run })
        .Select(row => ((int)row.Round, Enum.Parse<RoundState>(row.State)));

    /// <summary>The number of the newest round, whatever its state; 0 before the first.</summary>
    public int NewestRound() => (int)connection.ExecuteScalar<long>("SELECT COALESCE(MAX(round), 0) FROM rounds WHERE run = @run", new { run });

    public IEnumerable<RunEvent> Events() => connection
        .Query<string>("SELECT body FROM events WHERE run = @run ORDER BY sequence", new { run })
        .Select(body => JsonSerializer.Deserialize<RunEvent>(body)!);

    /// <summary>What is still to be sent, oldest first.</summary>
    public IEnumerable<OutboxRow> Outbox(long after) => connection
        .Query<(long Id, string Kind, string? Agent, long Round, string? Body)>(
            "SELECT id, kind, agent, round, body FROM outbox WHERE run = @run AND id > @after ORDER BY id", new { run, after })
        .Select(row => new OutboxRow { Id = row.Id, Kind = row.Kind, Agent = row.Agent, Round = (int)row.Round, Body = row.Body });

#pragma warning disable IDE1006, CA1812 // Columns by their names; made by the reader.
    private sealed record RoundRow
    {
        public long round { get; init; }
        public string state { get; init; } = "";
        public long needed { get; init; }
        public long goal { get; init; }
        public long quorum { get; init; }
        public long opened_at { get; init; }
        public long soft_deadline { get; init; }
        public long hard_deadline { get; init; }
        public long extension { get; init; }
        public long last_result_at { get; init; }
        public long typical_task_ms { get; init; }
        public long aggregations { get; init; }
        public long wanted { get; init; }
        public long? frozen_at { get; init; }
    }

    private sealed record ModelRow
    {
        public long round { get; init; }
        public string sha256 { get; init; } = "";
        public long size { get; init; }
        public long chunk_size { get; init; }
        public string codec { get; init; } = "";
        public string? figures { get; init; }
        public string? modules { get; init; }
        public string? base_delta { get; init; }
        public string? momentum { get; init; }
    }

    private sealed record TaskRow
    {
        public long round { get; init; }
        public string agent { get; init; } = "";
        public long attempt { get; init; }
        public long lease_epoch { get; init; }
        public string state { get; init; } = "";
        public long offered_at { get; init; }
        public long last_heard { get; init; }
        public long? done_at { get; init; }
        public string? end_code { get; init; }
        public bool counts { get; init; }
        public bool taken { get; init; }
        public long? rank { get; init; }
    }
#pragma warning restore IDE1006, CA1812
}
