using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EdgeFlora.Aggregation;
using EdgeFlora.Aggregation.Strategies;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Rounds;
using EdgeFlora.Transport.Stamps;

namespace EdgeFlora.Coordinator.Run;

/// <summary>What does not change while this coordinator lives. Everything named here follows from the settings; the secrets of a private run are drawn elsewhere (<see cref="Privacy.SecretSource"/>).</summary>
internal sealed record RunFacts
{
    private static readonly Guid Space = new("0e2f4b0a-52d6-5d0f-8c0e-6a1c3f9d7b11");

    public required CoordinatorOptions Options { get; init; }

    public required Guid RunId { get; init; }

    public required long Term { get; init; }

    public required BaseModelRef Base { get; init; }

    /// <summary>The modules of the base model's classification head, which every agent trains in full.</summary>
    public required IReadOnlyList<string> ModulesToSave { get; init; }

    /// <summary>Oldest contract version whose agents can do the run's tasks.</summary>
    public int ContractNeeded { get; init; } = ContractVersion.Oldest;

    public required RoundRules Rules { get; init; }

    public required MessageStamp Stamp { get; init; }

    /// <summary>Silence after which an agent counts as gone, in milliseconds.</summary>
    public long GraceMs => Rules.LeaseGraceMs;

    /// <summary>Interval of agents' heartbeats: several fit into the grace. Milliseconds.</summary>
    public int HeartbeatMs => (int)Math.Clamp(GraceMs / 5, 1, 20_000);

    public static Guid IdOf(CoordinatorOptions options) =>
        NameBasedGuid.Create(Space, string.Create(CultureInfo.InvariantCulture, $"run|{options.Seed}|{options.Name}"));

    /// <summary>Id of this coordinator process.</summary>
    public static Guid BootOf(Guid run, long term) => NameBasedGuid.Create(run, string.Create(CultureInfo.InvariantCulture, $"coordinator|{term}"));

    public Guid TaskId(TaskKind kind, int round, string agent) =>
        NameBasedGuid.Create(RunId, string.Create(CultureInfo.InvariantCulture, $"task|{kind}|{round}|{agent}"));

    /// <summary>Seed of an agent's batch order: the same whenever the task is repeated.</summary>
    public ulong TrainingSeed(int round, string agent)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"training|{Options.Seed}|{round}|{agent}")));
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }

    /// <summary>Strategies that ask nothing of training get along with agents of any version. A private round has no divergence to tell, which older agents take for broken.</summary>
    public static int ContractNeededBy(CoordinatorOptions options) =>
        options.Privacy is not null ? ContractVersion.PrivateRuns
        : options.Aggregation.Strategies.Any(name => Enumerable.Range(1, 2).Any(turn => StrategyRegistry.NeedsOf(name, turn) != new TaskNeeds()))
            ? ContractVersion.FactorRules
            : ContractVersion.Oldest;

    public static RoundRules RulesOf(CoordinatorOptions options) => new()
    {
        Seed = options.Seed,
        Quorum = options.Rounds.Quorum,
        AgentsPerRound = options.Rounds.AgentsPerRound,
        OverSelection = options.Rounds.OverSelection,
        SamplingRate = options.Privacy?.SamplingRate,
        OfferTimeoutMs = Milliseconds(options.Rounds.OfferTimeout),
        SoftDeadlineMs = Milliseconds(options.Rounds.SoftDeadline),
        HardDeadlineMs = Milliseconds(options.Rounds.HardDeadline),
        Extensions = options.Rounds.Extensions,
        StragglerGraceMs = Milliseconds(options.Rounds.StragglerGrace),
        LeaseGraceMs = Milliseconds(options.Rounds.LeaseGrace),
        MaxAttempts = options.Rounds.MaxAttempts,
        AggregationTimeoutMs = Milliseconds(options.Rounds.AggregationTimeout),
    };

    public static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;
}
