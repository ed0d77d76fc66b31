using EdgeFlora.Adapters;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.EdgeAgent.Training;
using EdgeFlora.Experiments.Journal;
using EdgeFlora.Experiments.Shares;
using EdgeFlora.Experiments.Work;
using EdgeFlora.Learning.Training;
using TrainingStart = EdgeFlora.EdgeAgent.LearningTasks.TrainingStart;

namespace EdgeFlora.Experiments.Local;

/// <summary>
/// What agents train alone beside a run (<c>training.alone</c>): from the first adapter, round by round the run's own steps, and never anything of
/// the others'. It is the same for all methods.
/// </summary>
internal sealed class AloneWork(Bench bench)
{
    /// <summary>What each agent of each seed comes to, by seed and the share's name.</summary>
    public IReadOnlyDictionary<(ulong Seed, string Agent), AloneOutcome> Of(IReadOnlyList<StartedSeed> seeds, CancellationToken stop)
    {
        var outcomes = new Dictionary<(ulong, string), AloneOutcome>();
        if (!bench.Experiment.Training.Alone)
        {
            return outcomes;
        }

        ParallelWork.ForEach<(StartedSeed Start, TextShare Share)>(
            [.. seeds.SelectMany(seed => seed.Split.Agents, (seed, share) => (seed, share))],
            bench.Threads,
            item =>
            {
                AloneOutcome outcome = Once(item.Start, item.Share, stop);
                lock (outcomes)
                {
                    outcomes.Add((item.Start.Seed, item.Share.Name), outcome);
                }
            },
            stop);
        return outcomes;
    }

    private AloneOutcome Once(StartedSeed start, TextShare share, CancellationToken stop)
    {
        HyperParameters[] rounds =
        [
            .. Enumerable.Range(1, bench.Experiment.Rounds).Select(round => start.Options.Training.Hyper(
                start.Options.Task, RunFacts.TrainingSeed(start.Seed, round, share.Name), round, bench.Experiment.Rounds)),
        ];
        string key = ContentKey.Of(
            "beside", new { Model = bench.Models.Base.Sha256, start.FirstSha256, rounds, Share = share.Sha256, bench.Labels });
        double work = rounds.Sum(hyper => hyper.Steps * hyper.BatchSize * hyper.Accumulate) * Effort.Training;
        AloneOutcome outcome = bench.Journal.Once(key, "beside", () => Train(start, share, rounds, stop), out bool isFresh);
        bench.Effort.Add(work, isFresh);
        return outcome;
    }

    private AloneOutcome Train(StartedSeed seed, TextShare share, HyperParameters[] rounds, CancellationToken stop)
    {
        var after = new List<double?>();
        LoraAdapter adapter = seed.First;
        foreach (HyperParameters hyper in rounds)
        {
            var start = new TrainingStart(bench.Models.Base.WithSpecialTokens(false), adapter, FrozenFactors.None);
            TrainingPlan plan = TrainingPlans.Of(hyper, start, threads: 1);
            using IFineTuning tuning = bench.Engine.Start(start.Model, start.Adapter, bench.Labels, share.Training, plan);
            while (tuning.Step < plan.Steps)
            {
                stop.ThrowIfCancellationRequested();
                tuning.TrainStep();
            }

            after.Add(share.HeldOut.Count > 0 ? tuning.Evaluate(share.HeldOut, stop).Accuracy : null);
            adapter = tuning.Snapshot();
        }

        return new AloneOutcome(after);
    }
}
