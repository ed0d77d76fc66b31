using EdgeFlora.Adapters;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Experiments.Journal;
using EdgeFlora.Experiments.Local;
using EdgeFlora.Experiments.Results;
using EdgeFlora.Experiments.Rounds;
using EdgeFlora.Experiments.Shares;
using EdgeFlora.Experiments.Work;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;
using EdgeFlora.Storage;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Experiments;

/// <summary>
/// Runs an experiment in one process, without a bus: all methods side by side, a round at a time, with the engine, intake, merge and codecs of a
/// federated run, and the same bits.
/// </summary>
/// <remarks>
/// What an agent does depends on nothing but what it starts from, so methods that send out the same adapter share it, as all do in round 1.
/// Everything that was computed is kept in the folder under what determines it; a later start of the same experiment, or of one with more methods,
/// rounds or seeds, takes it from there. The figures are the same for any number of threads.
/// </remarks>
public sealed class ExperimentRunner : IDisposable
{
    private readonly Experiment experiment;
    private readonly TextPool pool;
    private readonly Bench bench;
    private readonly LocalWork work;
    private readonly Measuring measuring;
    private readonly Leftovers leftovers;

    /// <param name="folder">Receives all results; made if it is not there.</param>
    /// <param name="threads">Pieces of work at once.</param>
    /// <param name="report">Told after every piece of work.</param>
    /// <exception cref="FolderInUseException">Another experiment runs in the folder.</exception>
    public ExperimentRunner(
        Experiment experiment,
        TextPool pool,
        BaseModel model,
        IEngine engine,
        string folder,
        int threads,
        TimeProvider clock,
        Action<ExperimentProgress> report)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(report);
        (this.experiment, this.pool) = (experiment, pool);
        string workFolder = Path.Combine(folder, "work");
        Directory.CreateDirectory(workFolder);
        var journal = ResultJournal.Open(folder);
        var blobs = new BlobStore(Path.Combine(folder, "bodies"));
        var effort = new Effort(EffortEstimate.Of(experiment, pool), report);
        bench = new Bench(experiment, pool.Labels, engine, threads, journal, blobs, new FoldedModels(model, blobs), effort);
        work = new LocalWork(bench, workFolder, clock);
        measuring = new Measuring(bench);
        leftovers = new Leftovers(blobs, workFolder);
        Dealt = (regime, seed) => Split.Of(pool, experiment, regime, seed);
    }

    /// <summary>Results that were there already.</summary>
    public int Found => bench.Journal.Found;

    /// <summary>Deals the texts out; replaced where agents' texts are given.</summary>
    internal Func<Regime, ulong, Split> Dealt { private get; init; }

    /// <exception cref="CoordinatorOptionsException">The experiment's settings do not fit the model.</exception>
    /// <exception cref="TrainingDivergedException">A training diverged.</exception>
    public async Task<ExperimentResult> RunAsync(CancellationToken stop)
    {
        var cells = new List<CellFigures>();
        var baselines = new List<BaselineFigures>();
        foreach (Regime regime in experiment.Regimes)
        {
            var runs = new List<FederatedRun>();
            var seeds = new List<StartedSeed>();
            foreach (ulong seed in experiment.Seeds)
            {
                seeds.Add(await StartAsync(regime, seed, runs, stop));
            }

            bench.Effort.Begin($"{regime}: {(experiment.Baselines ? "agents alone, and all texts in one place" : "the base model")}");
            baselines.AddRange(await Task.Run(() => new BaselineWork(bench, measuring).Of(seeds, stop), stop));
            IReadOnlyDictionary<(ulong, string), AloneOutcome> alone = await Task.Run(() => new AloneWork(bench).Of(seeds, stop), stop);
            cells.AddRange(await Task.Run(() => Federate(regime, runs, alone, stop), stop));
        }

        return new ExperimentResult(
            experiment,
            pool.Name,
            Path.GetFileName(Path.TrimEndingDirectorySeparator(bench.Models.Base.Folder)),
            [
                .. cells.GroupBy(cell => cell.Cell.Regime)
                    .SelectMany(regime => experiment.Methods.SelectMany(method => regime.Where(cell => cell.Cell.Method == method))),
            ],
            baselines);
    }

    public void Dispose() => bench.Journal.Dispose();

    /// <summary>Begins the runs of all methods.</summary>
    private async Task<StartedSeed> StartAsync(Regime regime, ulong seed, List<FederatedRun> runs, CancellationToken stop)
    {
        Split split = Dealt(regime, seed);
        var files = new Dictionary<bool, BaseModelFiles>();
        foreach (Method method in experiment.Methods)
        {
            CoordinatorOptions options = Options(method);
            BaseModelFiles read = await ReadAsync(options);
            BaseModelFiles.RequireRoomToFold(options, read.Shape.Modules);
            runs.Add(new FederatedRun(
                new Cell(regime, method, seed), options, split, read.Shape, GlobalModel.Store(read.First, options, bench.Blobs).Claim, bench.Blobs));
        }

        // Trained without a federation there is nothing to stay near to, and the head is nobody's own.
        CoordinatorOptions plain = Options(experiment.Methods[0]);
        plain = plain with { Training = plain.Training with { Proximal = 0, PersonalHead = false, ControlVariates = false, Alone = false } };
        (BlobClaim first, LoraAdapter adapter) = GlobalModel.Store((await ReadAsync(plain)).First, plain, bench.Blobs);
        return new StartedSeed(regime, seed, split, adapter, first.Sha256, plain);

        CoordinatorOptions Options(Method method) =>
            Cell.Options(experiment, regime, method, seed, pool.Labels, bench.Models.Base.Folder);

        async Task<BaseModelFiles> ReadAsync(CoordinatorOptions options)
        {
            if (!files.TryGetValue(options.Training.PersonalHead, out BaseModelFiles? read))
            {
                files.Add(options.Training.PersonalHead, read = await BaseModelFiles.ReadAsync(options, stop));
            }

            return read;
        }
    }

    private List<CellFigures> Federate(
        Regime regime, List<FederatedRun> runs, IReadOnlyDictionary<(ulong Seed, string Agent), AloneOutcome> alone, CancellationToken stop)
    {
        var rounds = new RoundWork(bench, work, measuring);
        for (int round = 1; round <= experiment.Rounds; round++)
        {
            bench.Effort.Begin(FormattableString.Invariant($"{regime}: round {round} of {experiment.Rounds}"));
            Result[] before = [.. runs.SelectMany(run => run.LastResults)];
            rounds.Do(runs, round, stop);
            leftovers.Remove(round - 1, before, runs);
            bench.Models.Release();
        }

        bench.Effort.Begin(FormattableString.Invariant($"{regime}: the last adapters with every agent"));
        var last = new FinalMeasures(bench, work, measuring, alone);
        return [.. runs.Select(run => last.Of(run, stop))];
    }
}
