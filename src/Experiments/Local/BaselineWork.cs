using EdgeFlora.Adapters;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.EdgeAgent.Training;
using EdgeFlora.Experiments.Journal;
using EdgeFlora.Experiments.Results;
using EdgeFlora.Experiments.Shares;
using EdgeFlora.Experiments.Work;
using EdgeFlora.Learning.Training;
using RateSchedule = EdgeFlora.Coordinator.Options.RateSchedule;
using TrainingStart = EdgeFlora.EdgeAgent.LearningTasks.TrainingStart;

namespace EdgeFlora.Experiments.Local;

/// <summary>What federated training has to be compared with: the base model, each agent alone, and one training on all texts.</summary>
internal sealed class BaselineWork(Bench bench, Measuring measuring)
{
    /// <summary>Passes over all texts that one training on all of them makes at most: enough to learn what they have to say.</summary>
    private const int CentralEpochs = 8;

    public IReadOnlyList<BaselineFigures> Of(IReadOnlyList<StartedSeed> seeds, CancellationToken stop)
    {
        bool trains = bench.Experiment.Baselines;
        var outcomes = new Dictionary<(ulong Seed, string Share), BaselineOutcome>();
        ParallelWork.ForEach<(StartedSeed Start, TextShare Share)>(
            // The longest first.
            [
                .. seeds.Where(_ => trains).Select(seed => (seed, seed.Split.All)),
                .. seeds.Where(_ => trains).SelectMany(seed => seed.Split.Agents, (seed, share) => (seed, share)),
            ],
            bench.Threads,
            item =>
            {
                BaselineOutcome outcome = Alone(item.Start, item.Share, stop);
                lock (outcomes)
                {
                    outcomes.Add((item.Start.Seed, item.Share.Name), outcome);
                }
            },
            stop);
        return [.. seeds.Select(seed => Figures(seed, share => outcomes.GetValueOrDefault((seed.Seed, share.Name)), stop))];
    }

    /// <summary>Steps of the training on all texts: as many as all agents have together in all rounds, or enough passes, if that is less.</summary>
    public static int CentralSteps(Experiment experiment, Regime regime, int texts)
    {
        int each = experiment.Rounds * regime.Steps;
        int perEpoch = Math.Max(1, texts / (experiment.Training.BatchSize * experiment.Training.Accumulate));
        return Math.Clamp(CentralEpochs * perEpoch, each, each * regime.Agents);
    }

    /// <summary>
    /// One training of so many steps in place of rounds: what the rate does from round to round it does over the steps, so that a federation with a
    /// schedule is not compared with a training without one. Where the rate also falls within each round, that shape is the training's.
    /// </summary>
    /// <param name="rounds">Of the federation.</param>
    private static TrainingOptions WithoutRounds(TrainingOptions training, int rounds, int steps) => training with
    {
        Steps = steps,
        Schedule = training.Schedule == RateSchedule.Constant ? training.RoundSchedule : training.Schedule,
        WarmupFraction = training.WarmupRounds > 0 ? (double)training.WarmupRounds / rounds : training.WarmupFraction,
        RoundSchedule = RateSchedule.Constant,
        WarmupRounds = 0,
    };

    private BaselineFigures Figures(StartedSeed seed, Func<TextShare, BaselineOutcome?> outcome, CancellationToken stop)
    {
        double untrained = measuring.Of(seed.FirstSha256, delta: null, after: null, seed.Split.All, () => seed.First, stop).Accuracy;
        BaselineOutcome[] agents = [.. seed.Split.Agents.Select(outcome).OfType<BaselineOutcome>()];
        return new BaselineFigures(
            seed.Regime,
            seed.Seed,
            untrained,
            [.. agents.Select(agent => agent.Test.Accuracy)],
            [.. agents.Select(agent => agent.HeldOut?.Accuracy)],
            outcome(seed.Split.All)?.Test.Accuracy);
    }

    private BaselineOutcome Alone(StartedSeed start, TextShare share, CancellationToken stop)
    {
        bool isCentral = ReferenceEquals(share, start.Split.All);
        int steps = isCentral
            ? CentralSteps(bench.Experiment, start.Regime, share.Training.Count)
            : bench.Experiment.Rounds * start.Regime.Steps;
        ulong seed = RunFacts.TrainingSeed(start.Seed, 0, share.Name);
        HyperParameters hyper = WithoutRounds(start.Options.Training, bench.Experiment.Rounds, steps)
            .Hyper(start.Options.Task, seed, round: 1, rounds: 1);
        string test = start.Split.All.Sha256;
        string key = ContentKey.Of(
            "alone", new { Model = bench.Models.Base.Sha256, start.FirstSha256, hyper, Share = share.Sha256, Test = test, bench.Labels, isCentral });
        double step = hyper.BatchSize * hyper.Accumulate * Effort.Training;
        BaselineOutcome outcome = bench.Journal.Once(
            key, "alone", () => Train(start, share, hyper, () => bench.Effort.Add(step, isFresh: true), stop), out bool isFresh);
        bench.Effort.Add(isFresh ? 0 : step * steps, isFresh: false);
        return outcome;
    }

    private BaselineOutcome Train(StartedSeed seed, TextShare share, HyperParameters hyper, Action stepped, CancellationToken stop)
    {
        var start = new TrainingStart(bench.Models.Base.WithSpecialTokens(false), seed.First, FrozenFactors.None);
        TrainingPlan plan = TrainingPlans.Of(hyper, start, threads: 1);
        using IFineTuning tuning = bench.Engine.Start(start.Model, start.Adapter, bench.Labels, share.Training, plan);
        while (tuning.Step < plan.Steps)
        {
            stop.ThrowIfCancellationRequested();
            tuning.TrainStep();
            stepped();
        }

        bool hasOwn = share.HeldOut.Count > 0 && !ReferenceEquals(share, seed.Split.All);
        return new BaselineOutcome(Measuring.Scores(tuning, seed.Split.All, stop), hasOwn ? Measuring.Scores(tuning, share, stop) : null);
    }
}
