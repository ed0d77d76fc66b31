using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EdgeFlora.Adapters;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Telemetry;
using EdgeFlora.Protocol.Fleet;
using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Transport.Stamps;

namespace EdgeFlora.Coordinator.Runs;

/// <summary>
/// What a run is, and its place in the service. What may be changed under way (<see cref="Change"/>) is changed on the run's loop. Everything named
/// here follows from
/// the settings; the secrets of a private run are drawn elsewhere (<see cref="EdgeFlora.Protocol.Rounds.SecretSource"/>).
/// </summary>
internal sealed record RunFacts
{
    public required CoordinatorOptions Options { get; set; }

    public required RunTerms Terms { get; set; }

    public Guid RunId => Terms.RunId;

    public required long Term { get; init; }

    public required BaseModelRef Base { get; init; }

    /// <summary>What an agent fetches which lacks the base model; null: it is not handed out, and agents need a copy.</summary>
    public BlobClaim? Archive { get; init; }

    /// <summary>
    /// Rank, scale, variant and modules of the run's adapter, with what the settings leave to the base model's family: targets and the modules of
    /// its head.
    /// </summary>
    public required LoraSettings Lora { get; init; }

    /// <summary>Which agents can do the run's tasks.</summary>
    public required ContractNeed ContractNeeded { get; init; }

    public required RoundRules Rules { get; set; }

    public required MessageStamp Stamp { get; init; }

    /// <summary>The run's part of its trace.</summary>
    public RunTelemetry Telemetry { get; init; } = new(run: default, submission: null, meter: null, TimeProvider.System);

    /// <summary>Silence after which an agent counts as gone, in milliseconds.</summary>
    public long GraceMs => Rules.LeaseGraceMs;

    /// <summary>Silence after which nobody waits for an agent any more, in milliseconds: two heartbeats, and a little for the way.</summary>
    public long SilenceMs => Math.Min(GraceMs, (2L * Terms.HeartbeatMs) + (Terms.HeartbeatMs / 10));

    public AdmissionRules Admission => new(Options.Task, ContractNeeded, Base, Archive);

    /// <summary>Changes settings under way.</summary>
    public void Change(CoordinatorOptions options, int priority)
    {
        Options = options;
        Terms = Terms with { Priority = priority };
        Rules = RulesOf(options, Terms);
    }

    /// <summary>Id of this coordinator process.</summary>
    public static Guid BootOf(Guid run, long term) => NameBasedGuid.Create(run, string.Create(CultureInfo.InvariantCulture, $"coordinator|{term}"));

    public Guid TaskId(TaskKind kind, int round, string agent) =>
        NameBasedGuid.Create(RunId, string.Create(CultureInfo.InvariantCulture, $"task|{kind}|{round}|{agent}"));

    /// <summary>Seed of an agent's batch order: the same whenever the task is repeated.</summary>
    public ulong TrainingSeed(int round, string agent) => TrainingSeed(Options.Seed, round, agent);

    /// <param name="seed">The run's.</param>
    public static ulong TrainingSeed(ulong seed, int round, string agent)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"training|{seed}|{round}|{agent}")));
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }

    public static RoundRules RulesOf(CoordinatorOptions options, RunTerms terms) => new()
    {
        Seed = options.Seed,
        Quorum = options.Rounds.Quorum,
        AgentsPerRound = options.Rounds.AgentsPerRound,
        OverSelection = options.Rounds.OverSelection,
        SamplingRate = options.Privacy?.SamplingRate,
        MinResults = options.Rounds.RequiredOf(options.Rounds.MinAgents),
        OfferTimeoutMs = Milliseconds(options.Rounds.OfferTimeout),
        SoftDeadlineMs = Milliseconds(options.Rounds.SoftDeadline),
        HardDeadlineMs = Milliseconds(options.Rounds.HardDeadline),
        Extensions = options.Rounds.Extensions,
        StragglerGraceMs = Milliseconds(options.Rounds.StragglerGrace),
        LeaseGraceMs = Milliseconds(options.Rounds.LeaseGrace),
        MaxAttempts = options.Rounds.MaxAttempts,
        AggregationTimeoutMs = Milliseconds(options.Rounds.AggregationTimeout),
        StartTimeoutMs = terms.WaitsForEver ? ForEver : Milliseconds(options.Rounds.StartTimeout),
        LastRound = options.Rounds.Count,
        KeepLate = options.Rounds.LateResults == LateResults.NextRound,
    };

    /// <summary>So long that it never comes, and a sum of several such times still fits.</summary>
    private const long ForEver = long.MaxValue / 16;

    public static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;
}
