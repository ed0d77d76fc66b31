using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Experiments.Local;
using EdgeFlora.Experiments.Results;
using EdgeFlora.Experiments.Shares;
using EdgeFlora.Experiments.Work;

namespace EdgeFlora.Experiments.Rounds;

/// <summary>Takes runs through a round, side by side: what several runs ask of an agent alike is done once.</summary>
internal sealed class RoundWork(Bench bench, LocalWork work, Measuring measuring)
{
    public void Do(IReadOnlyList<FederatedRun> runs, int round, CancellationToken stop)
    {
        (FederatedRun Run, LocalTask Task, string Key)[] tasks =
            [.. runs.SelectMany(run => run.Tasks(round).Select(task => (run, task, task.Key(bench.Models.Base.Sha256))))];
        Dictionary<string, LocalOutcome> outcomes = Train([.. tasks.Select(task => (task.Task, task.Key))], stop);
        ILookup<FederatedRun, Result> results = tasks.ToLookup(task => task.Run, task => new Result(task.Task, task.Key, outcomes[task.Key]));
        ParallelWork.ForEach(runs, bench.Threads, run => Merge(run, round, [.. results[run]], stop), stop);
        ParallelWork.ForEach(
            [.. runs.Where(run => !run.KeepsParts).GroupBy(run => (run.Newest, run.BaseDelta, run.Split.All.Sha256))],
            bench.Threads,
            same => Measure([.. same], stop),
            stop);
    }

    private Dictionary<string, LocalOutcome> Train(IReadOnlyList<(LocalTask Task, string Key)> tasks, CancellationToken stop)
    {
        var outcomes = new Dictionary<string, LocalOutcome>(StringComparer.Ordinal);
        ParallelWork.ForEach(
            [.. tasks.GroupBy(task => task.Key)],
            bench.Threads,
            same =>
            {
                (LocalTask task, string key) = same.First();
                double step = task.Hyper.BatchSize * task.Hyper.Accumulate * Effort.Training;
                LocalOutcome outcome = bench.Journal.Once(
                    key, "train", () => work.Train(task, key, () => bench.Effort.Add(step, isFresh: true), stop), out bool isFresh);
                bench.Effort.Add(step * task.Hyper.Steps * (same.Count() - (isFresh ? 1 : 0)), isFresh: false);
                lock (outcomes)
                {
                    outcomes[key] = outcome;
                }
            },
            stop);
        return outcomes;
    }

    private void Merge(FederatedRun run, int round, IReadOnlyList<Result> results, CancellationToken stop)
    {
        MergeOutcome Make()
        {
            // A body that somebody deleted is made once more.
            foreach (Result lost in results.Where(result => !work.IsWhole(result.Task, result.Key, result.Outcome)))
            {
                work.Train(lost.Task, lost.Key, () => { }, stop);
            }

            return run.Merge(round, results);
        }

        run.Commit(round, results, bench.Journal.Once(run.MergeKey(round, results), "merge", Make, out _));
    }

    private void Measure(IReadOnlyList<FederatedRun> runs, CancellationToken stop)
    {
        FederatedRun run = runs[0];
        TextShare all = run.Split.All;
        Measured measured = measuring.Of(
            run.Newest, run.BaseDelta, after: null, all, () => GlobalModel.Read(bench.Blobs.Find(run.Newest)!, run.Shape, bench.Blobs), stop);
        foreach (FederatedRun same in runs)
        {
            same.Measured(figures => figures with { Test = measured });
        }

        bench.Effort.Add(all.HeldOut.Count * (runs.Count - 1), isFresh: false);
    }
}
