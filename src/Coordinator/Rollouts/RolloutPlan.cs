using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Specs;
using EdgeFlora.Coordinator.Specs.Reading;

namespace EdgeFlora.Coordinator.Rollouts;

/// <summary>Begins and ends rollouts of a run: which settings, which agents, and what the run is then.</summary>
internal static class RolloutPlan
{
    /// <summary>The label by which an operator, or the agent's owner, keeps an agent from being among the first: <c>rollout=pinned</c>.</summary>
    public const string PinLabel = "rollout";

    public const string Pinned = "pinned";

    /// <summary>What changes nothing but an agent's own training: neither what it sends nor how it is merged.</summary>
    private static readonly string[] Settings =
    [
        "training.steps", "training.batch", "training.accumulate", "training.learningRate", "training.schedule", "training.warmup",
        "training.roundSchedule", "training.warmupRounds", "training.optimiser", "training.momentum", "training.nesterov", "training.weightDecay",
        "training.clipNorm", "training.logitAdjustment", "training.proximal", "training.checkpointEvery",
    ];

    public static bool MayBeFirst(FleetAgent agent) => agent.Labels.GetValueOrDefault(PinLabel) != Pinned;

    /// <summary>The run with a rollout under way.</summary>
    /// <param name="fitting">Names of trainers that are there and may take part, without those that are pinned.</param>
    /// <param name="others">How many more there are.</param>
    /// <param name="round">The present round; 0 before the first.</param>
    /// <exception cref="ServiceRefusedException">It cannot be; every mistake is told.</exception>
    public static RunEntry Begin(
        RunEntry entry, RolloutRequest request, IReadOnlyList<string> fitting, int others, int round, string by, DateTimeOffset now)
    {
        RequireFree(entry);
        TrainingOptions training = Read(entry, request).Training;

        // An offer of the next round may be on its way out with the settings of before.
        int from = round + 2;
        if (from + request.Rounds - 1 > entry.Options.Rounds.Count)
        {
            throw Refused(
                $"The change would be measured in rounds {from} to {from + request.Rounds - 1}, and the run has {entry.Options.Rounds.Count}.",
                $"Measure it over fewer rounds, or give the run more: edgeflora runs set {entry.Id} rounds.count=N");
        }

        int number = entry.Rollouts.Count + 1;
        string[] first = Choose(entry.Id, number, fitting, request.Share);
        if (first.Length == 0 || first.Length >= fitting.Count + others)
        {
            throw Refused(
                $"{fitting.Count} agents that may have the change first are there and {others} others: some must have it, and some not, to compare.",
                "Wait for more agents, choose another share, or release pinned ones (label rollout=pinned).");
        }

        var rollout = new Rollout
        {
            Number = number,
            Set = request.Set,
            Agents = first,
            FromRound = from,
            Rounds = request.Rounds,
            Margin = request.Margin,
            State = RolloutState.UnderWay,
            BeganAt = now,
            By = by,
        };
        return entry with
        {
            Rollouts = [.. entry.Rollouts, rollout],
            Options = entry.Options with
            {
                First = new FirstAgents { Training = training, Names = first, FromRound = from },
            },
        };
    }

    /// <summary>The run with its rollout as it is now: one that has ended leaves it with the change, or without.</summary>
    /// <param name="round">The newest round; 0 before the first.</param>
    public static RunEntry With(RunEntry entry, Rollout rollout, int round)
    {
        RunEntry after = entry with { Rollouts = [.. entry.Rollouts.SkipLast(1), rollout] };
        return rollout.State switch
        {
            RolloutState.Withdrawn => after with { Options = Ended(entry.Options, round, isFinished: false) },
            RolloutState.Finished => after with
            {
                Options = Ended(entry.Options, round, isFinished: true),
                Spec = RunSpecReader.Read(entry.Spec, rollout.Set).Document ?? entry.Spec,
            },
            _ => after,
        };
    }

    /// <remarks>
    /// Offers of the next round may be on their way out, so that it is the last one that trains as before: whoever asks what a model was trained with
    /// gets one answer for each round.
    /// </remarks>
    private static CoordinatorOptions Ended(CoordinatorOptions options, int round, bool isFinished)
    {
        if (options.First is not { } first)
        {
            return options;
        }

        var tried = new TriedTraining { First = first, Others = options.Training, UntilRound = round + 1, IsFinished = isFinished };
        return options with
        {
            First = null,
            Training = isFinished ? first.Training : options.Training,
            Tried = first.FromRound > tried.UntilRound ? options.Tried : [.. options.Tried ?? [], tried],
        };
    }

    /// <summary>
    /// As many agents as the share says, and one at least: those whose names come first by a hash that is another one for each rollout.
    /// </summary>
    internal static string[] Choose(Guid run, int number, IReadOnlyList<string> agents, double share) =>
    [
        .. agents.OrderBy(
                agent => Convert.ToHexString(
                    SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"rollout|{run}|{number}|{agent}")))),
                StringComparer.Ordinal)
            .Take(Math.Max(1, (int)Math.Round(share * agents.Count, MidpointRounding.AwayFromZero)))
            .Order(StringComparer.Ordinal),
    ];

    private static void RequireFree(RunEntry entry)
    {
        if (entry.IsOver)
        {
            throw Refused($"Run {entry.Id} is over.", null);
        }

        if (!entry.IsSubmitted)
        {
            throw Refused($"Run {entry.Id} was begun on a command line; a rollout changes the spec of one that was submitted.", null);
        }

        if (entry.Rollout is { } present)
        {
            throw Refused(
                $"Rollout {present.Number} of run {entry.Id} is under way ({string.Join(", ", present.Set)}).",
                $"Wait for its end, or end it: edgeflora rollouts withdraw {entry.Id}");
        }

        if (entry.Options.Privacy is not null)
        {
            throw Refused("In a private run no agent's figures may decide anything: no noise protects them.", null);
        }

        if (entry.Options.Training.ControlVariates)
        {
            throw Refused("The run has training.controlVariates, which hold only where all agents train alike.", null);
        }
    }

    private static RunSpec Read(RunEntry entry, RolloutRequest request)
    {
        RunSpecReading changed = RunSpecReader.Read(entry.Spec, request.Set);
        SpecMistake[] mistakes =
        [
            .. Ranges(request),
            .. request.Set.Select(text => text.Split('=')[0].Trim()).Where(path => !Settings.Contains(path)).Select(path => Mistake(
                path, null, $"{path} cannot be tried with some agents first; what can: {string.Join(", ", Settings)}")),
            .. changed.Mistakes.Select(mistake => mistake with { File = null, Row = null, Column = null }),
        ];
        if (mistakes.Length > 0)
        {
            throw new ServiceRefusedException(ProblemCode.InvalidInput, "the rollout has mistakes", mistakes: mistakes);
        }

        RunSpec spec = changed.Spec!;
        if (spec.Training == entry.Options.Training)
        {
            throw new ServiceRefusedException(ProblemCode.InvalidInput, $"The run trains like that already ({string.Join(", ", request.Set)}).");
        }

        Protocol.Fleet.ContractNeed need = ContractNeeds.Of(entry.Options with { Training = spec.Training });
        return need.Version > ContractNeeds.Of(entry.Options).Version
            ? throw Refused(
                $"{need.Because} needs agents of contract version {need.Version}, and the run takes earlier ones.",
                $"Begin a new run from this one's model: edgeflora runs fork {entry.Id} --set {string.Join(" --set ", request.Set)}")
            : spec;
    }

    private static IEnumerable<SpecMistake> Ranges(RolloutRequest request)
    {
        if (request.Set.Count == 0)
        {
            yield return Mistake("set", null, "set is empty; name what changes, such as training.learningRate=0.001");
        }

        if (!(request.Share is > 0 and <= 0.5))
        {
            yield return Mistake("share", Number(request.Share), $"share is {Number(request.Share)}; it must be above 0, up to 0.5");
        }

        if (request.Rounds is < 1 or > 100)
        {
            yield return Mistake("rounds", Number(request.Rounds), $"rounds is {Number(request.Rounds)}; it must be 1 … 100");
        }

        if (!(request.Margin is >= 0 and <= 1))
        {
            yield return Mistake("margin", Number(request.Margin), $"margin is {Number(request.Margin)}; it must be 0 … 1");
        }
    }

    private static SpecMistake Mistake(string setting, string? value, string sentence) => new(null, null, null, setting, value, sentence);

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static ServiceRefusedException Refused(FormattableString sentence, string? fix) =>
        new(ProblemCode.Conflict, sentence.ToString(CultureInfo.InvariantCulture), fix);

    private static ServiceRefusedException Refused(string sentence, string? fix) => new(ProblemCode.Conflict, sentence, fix);
}
