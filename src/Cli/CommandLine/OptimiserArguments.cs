using System.CommandLine;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.CommandLine;

/// <summary>Options of how gradients become steps, alike for a run and on one machine.</summary>
internal sealed class OptimiserArguments
{
    private readonly Option<double> rate;
    private readonly Option<string> schedule;
    private readonly Option<double> warmup;
    private readonly Option<string> optimiser = Ranged.Choice("--optimiser", "What turns gradients into steps", ["adamw", "sgd"], "adamw");
    private readonly Option<double> momentum = Ranged.Number("--sgd-momentum", "Momentum of sgd", "", 0, 0.9999, 0.9);
    private readonly Option<bool> nesterov = new("--nesterov") { Description = "Let the momentum of sgd look one step ahead" };
    private readonly Option<double> decay = Ranged.Number("--weight-decay", "Weight decay on matrices", "", 0, 10, 0.0);
    private readonly Option<double> clip = Ranged.Number(
        "--clip-norm", "Gradient norm above which gradients are scaled down, 0 for never", "", 0, 1e6, 1.0);
    private readonly Option<int> accumulate = Ranged.Number("--accumulate", "Batches summed for one step", "batches", 1, 65_536, 1);

    /// <param name="schedule">What the rate does where nothing is said.</param>
    /// <param name="warmup">Fraction of the steps over which it rises where nothing is said.</param>
    /// <param name="peak">The peak learning rate where nothing is said.</param>
    public OptimiserArguments(RateSchedule schedule, double warmup, double peak = 5e-4)
    {
        rate = Ranged.Number("--learning-rate", "Peak learning rate", "", 1e-9, 100, peak);
        this.schedule = Ranged.Choice(
            "--schedule",
            "What the rate does after the warm-up",
            [.. Enum.GetNames<RateSchedule>().Select(name => name.ToLowerInvariant())],
            schedule.ToString().ToLowerInvariant());
        this.warmup = Ranged.Number("--warmup", "Fraction of the steps over which the rate rises", "", 0, 1, warmup);
        rate.Aliases.Add("--lr");
        clip.Aliases.Add("--clip");
    }

    public IEnumerable<Option> All => [rate, schedule, warmup, optimiser, momentum, nesterov, decay, clip, accumulate];

    /// <summary>Whether the command line says a learning rate.</summary>
    public bool SaysRate(ParseResult parsed) => parsed.IsGiven(rate);

    /// <summary>Another name for <c>--sgd-momentum</c>.</summary>
    public void AlsoCallMomentum(string name) => momentum.Aliases.Add(name);

    /// <returns>A plan of one step with one example, to be completed.</returns>
    /// <exception cref="InputException">Options do not go together.</exception>
    public TrainingPlan Read(ParseResult parsed)
    {
        OptimiserKind kind = Enum.Parse<OptimiserKind>(parsed.GetRequiredValue(optimiser), ignoreCase: true);
        if (kind != OptimiserKind.Sgd && new Option[] { momentum, nesterov }.FirstOrDefault(parsed.IsGiven) is { } idle)
        {
            throw new InputException($"{idle.Name} is given beside --optimiser {parsed.GetRequiredValue(optimiser)}; it goes with --optimiser sgd");
        }

        if (parsed.GetValue(nesterov) && parsed.GetValue(momentum) == 0)
        {
            throw new InputException($"--nesterov needs a {momentum.Name} above 0");
        }

        return new TrainingPlan
        {
            Steps = 1,
            BatchSize = 1,
            Seed = 0,
            LearningRate = parsed.GetValue(rate),
            Schedule = Enum.Parse<RateSchedule>(parsed.GetRequiredValue(schedule), ignoreCase: true),
            WarmupFraction = parsed.GetValue(warmup),
            Optimiser = kind,
            Momentum = parsed.GetValue(momentum),
            Nesterov = parsed.GetValue(nesterov),
            WeightDecay = parsed.GetValue(decay),
            ClipNorm = parsed.GetValue(clip),
            Accumulate = parsed.GetValue(accumulate),
        };
    }
}
