using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Aggregation;
using EdgeFlora.Aggregation.Strategies;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Experiments.Journal;
using EdgeFlora.Experiments.Local;
using EdgeFlora.Experiments.Results;
using EdgeFlora.Experiments.Shares;
using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Experiments.Rounds;

/// <summary>One run: what a coordinator does between offers and results, with its own intake, manifest and merge. Every agent answers.</summary>
internal sealed class FederatedRun
{
    private readonly Dictionary<string, string> last = new(StringComparer.Ordinal);
    private readonly List<RoundFigures> rounds = [];
    private readonly Dictionary<string, double> best = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, double> counted = new(StringComparer.Ordinal);
    private readonly BlobStore blobs;
    private StoredModel model;
    private ChangeNorm? median;
    private int turn = 1;

    /// <param name="first">The adapter of round 0, as it is published.</param>
    public FederatedRun(Cell cell, CoordinatorOptions options, Split split, AdapterShape shape, BlobClaim first, BlobStore blobs)
    {
        Cell = cell;
        Options = options;
        Split = split;
        Shape = shape;
        this.blobs = blobs;
        model = new StoredModel(0, first, Figures: null, ModulesJson: null);
    }

    public Cell Cell { get; }

    public CoordinatorOptions Options { get; }

    public Split Split { get; }

    public AdapterShape Shape { get; }

    /// <summary>Whether agents keep factors, so that no product of theirs is merged.</summary>
    public bool KeepsFactors => Shape.Modules.Any(module => Options.Aggregation.NeedsOf(module.Name, 1).KeepB);

    /// <summary>Whether agents keep factors or the head, so that the published adapter labels nothing by itself.</summary>
    public bool KeepsParts => KeepsFactors || Options.Training.PersonalHead;

    /// <summary>SHA-256 of the newest published adapter.</summary>
    public string Newest => model.Claim.Sha256;

    /// <summary>SHA-256 of what is folded into the base; null: nothing.</summary>
    public string? BaseDelta => model.BaseDelta?.Sha256;

    public IReadOnlyList<RoundFigures> Rounds => rounds;

    /// <summary>The last round's work, with what came of it.</summary>
    public IReadOnlyList<Result> LastResults { get; private set; } = [];

    /// <summary>Accuracy on its held-out texts of the best adapter that each agent trained itself, by what counted.</summary>
    public IReadOnlyDictionary<string, double> Best => best;

    /// <summary>Key of each agent's last work that counted.</summary>
    public IReadOnlyDictionary<string, string> Last => last;

    /// <summary>The agents' work of the next round.</summary>
    public IReadOnlyList<LocalTask> Tasks(int round)
    {
        RoundNeeds needs = RoundNeeds.Of(Options.Aggregation, Shape, turn);
        Dictionary<string, TextShare> shares = Split.Agents.ToDictionary(agent => agent.Name, StringComparer.Ordinal);
        int asked = Options.Rounds.AgentsPerRound;
        IEnumerable<string> names = asked > 0 ? AgentSelection.Order(Options.Seed, round, shares.Keys).Take(asked) : shares.Keys;
        return [.. names.Order(StringComparer.Ordinal).Select(name => Task(shares[name], round, needs))];
    }

    /// <summary>A task as it would be for an agent that takes part now.</summary>
    public LocalTask Task(TextShare agent, int round) => Task(agent, round, RoundNeeds.Of(Options.Aggregation, Shape, turn));

    /// <summary>What determines the merge of these results.</summary>
    public string MergeKey(int round, IReadOnlyList<Result> results)
    {
        string key = ContentKey.Of("merge", new
        {
            Aggregation = Options.Aggregation with { Threads = 1 },
            Options.Intake,
            Options.Training.BroadcastCodec,
            Shape.Settings,
            round,
            turn,
            Before = model.CommitSha256,
            median,
            Results = results.Select(result => new { result.Task.Share.Name, result.Outcome.Body, result.Outcome.Examples }),
        });
        return Options.Training.ControlVariates
            ? ContentKey.Of("merge with variates", new { key, Rate = Options.Training.PeakRate(Options.Task, round, Options.Rounds.Count), counted })
            : key;
    }

    /// <summary>Merges a round's results as the coordinator does.</summary>
    /// <exception cref="AdapterFormatException">Nothing can be merged.</exception>
    public MergeOutcome Merge(int round, IReadOnlyList<Result> results)
    {
        var broadcast = new AdapterReference(GlobalModel.Read(model.Claim, Shape, blobs));
        StoredResult[] arrived = [.. results.Select(result => Arrived(round, result.Task, result.Outcome, broadcast)).OfType<StoredResult>()];
        ManifestEntry[] manifest = RoundManifest.Of(arrived, Options);
        StoredResult[] counting =
        [
            .. manifest.Where(entry => entry.Reason is null)
                .Select(entry => (Entry: entry, Result: arrived.First(result => result.Agent == entry.Agent)))
                .Select(pair => pair.Entry.Weight is { } weight ? pair.Result with { Weight = weight } : pair.Result),
        ];
        AggregatedRound merged = new ManifestAggregation(round, turn, counting, broadcast, model) { Counted = counted }.Run(Options, blobs);
        return new MergeOutcome(merged.Model, merged.BaseDelta, merged.Momentum, merged.Accepted, merged.MedianNorm, merged.ServerRate)
        {
            Weights = [.. merged.Accepted.Select(agent => counting.First(result => result.Agent == agent).Weight)],
            Used = merged.Divergence?.Used ?? 0,
            Bound = merged.Divergence?.Bound ?? 0,
            Step = merged.Divergence?.StepShare,
            Layers = LayerReports.Of(merged.ModulesJson!),
        };
    }

    /// <summary>Takes the merge of a round as the newest model.</summary>
    public void Commit(int round, IReadOnlyList<Result> results, MergeOutcome merged)
    {
        long control = Options.Training.ControlVariates ? model.Momentum?.Size ?? 0 : 0;
        long down = results.Count * (model.Claim.Size + (model.BaseDelta?.Size ?? 0) + control);
        foreach (Result result in results.Where(result => merged.Accepted.Contains(result.Task.Share.Name)))
        {
            string agent = result.Task.Share.Name;
            last[agent] = result.Key;
            if (result.Outcome.After is { } after)
            {
                best[agent] = Math.Max(after, best.GetValueOrDefault(agent));
            }
        }

        foreach ((string accepted, double weight) in merged.Accepted.Zip(merged.Weights))
        {
            counted[accepted] = weight;
        }

        if (rounds.Count > 0)
        {
            rounds[^1] = rounds[^1] with { GlobalHeldOut = HeldOut(results, outcome => outcome.Before) };
        }

        rounds.Add(new RoundFigures
        {
            Round = round,
            LocalHeldOut = HeldOut(results, outcome => outcome.After),
            Whole = KeepsFactors ? null : merged.Used,
            Step = KeepsFactors || merged.Step is not > 0 ? null : merged.Used / merged.Step,
            Bound = KeepsFactors ? null : merged.Bound,
            BoundOfStep = KeepsFactors || merged.Step is not > 0 ? null : merged.Bound / merged.Step,
            ServerRate = merged.ServerRate,
            Layers = KeepsFactors ? [] : merged.Layers,
            Accepted = merged.Accepted.Count,
            BytesUp = results.Sum(result => result.Outcome.Size),
            BytesDown = down,
            TrainMilliseconds = results.Sum(result => result.Outcome.Milliseconds),
            SlowestMilliseconds = results.Max(result => result.Outcome.Milliseconds),
            Model = merged.Model.Sha256,
        });
        model = new StoredModel(round, merged.Model, Figures: null, ModulesJson: null) { BaseDelta = merged.BaseDelta, Momentum = merged.State };
        median = merged.MedianNorm;
        LastResults = results;
        turn++;
    }

    /// <summary>Adds what was measured of the newest model.</summary>
    public void Measured(Func<RoundFigures, RoundFigures> add) => rounds[^1] = add(rounds[^1]);

    private LocalTask Task(TextShare agent, int round, RoundNeeds needs) => new(
        agent,
        model.Claim.Sha256,
        model.BaseDelta?.Sha256,
        last.GetValueOrDefault(agent.Name),
        Shape,
        needs.Rules,
        Options.Training.Hyper(Options.Task, RunFacts.TrainingSeed(Options.Seed, round, agent.Name), round, Options.Rounds.Count),
        Options.Training.UpdateCodec)
    {
        PersonalHead = Options.Training.PersonalHead,
        OwnA = turn == 1 && !Cell.Regime.SharedA ? RunFacts.TrainingSeed(Options.Seed, 0, agent.Name) : null,
        KeepsVariate = Options.Training.ControlVariates,
        Common = Options.Training.ControlVariates ? model.Momentum?.Sha256 : null,
    };

    /// <summary>A result as intake takes it; null if its change is out of bounds.</summary>
    private StoredResult? Arrived(int round, LocalTask task, LocalOutcome outcome, AdapterReference broadcast)
    {
        LoraAdapter adapter = AdapterPayload.Decode(blobs.ReadAll(outcome.Body), Shape, broadcast);
        ChangeNorm norm = UpdateNorms.OfChange(broadcast.Adapter, adapter, Options.Aggregation);
        FrozenFactors unchanged = RoundNeeds.Of(Options.Aggregation, Shape, turn).Unchanged;
        bool comparable = turn > 1 && RoundNeeds.Of(Options.Aggregation, Shape, turn - 1).Unchanged.Equals(unchanged);
        if (comparable && median is { } of && NormBound.Wrong(norm, of, Options.Intake.ArrivalNormFactor, "the last committed round") is not null)
        {
            return null;
        }

        int examples = Math.Min(outcome.Examples, Options.Intake.MaxExamples);
        return new StoredResult(round, task.Share.Name, outcome.Body, outcome.Size, task.Codec, examples, norm, new ResultMetrics())
        {
            ClassCounts = Options.Aggregation.PerClassHeads ? outcome.ClassCounts : null,
        };
    }

    private static double? HeldOut(IReadOnlyList<Result> results, Func<LocalOutcome, double?> figure)
    {
        (double Value, int Count)[] measured =
        [
            .. results.Select(result => result.Outcome).Where(outcome => figure(outcome) is not null)
                .Select(outcome => (figure(outcome)!.Value, outcome.HeldOut)),
        ];
        return measured.Length == 0 ? null : measured.Sum(part => part.Value * part.Count) / measured.Sum(part => part.Count);
    }
}
