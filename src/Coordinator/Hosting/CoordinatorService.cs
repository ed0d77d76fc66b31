using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Models;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Privacy;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Specs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Telemetry;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>
/// A service for one run: begins it, or goes on with the one in the state folder that is not over, carries it to its end, and ends with it.
/// </summary>
public sealed class CoordinatorService(MessageBus bus, CoordinatorOptions options, TimeProvider clock, ILoggerFactory loggers)
{
    private readonly TaskCompletionSource<CoordinatorHost?> made = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Guid onlyRun;

    /// <summary>The spec that the options are of; null: they are of a command line, and the run is for every agent.</summary>
    public RunSpec? Spec { get; init; }

    /// <summary>Rehearses crashes; see <see cref="RunStore.Failpoint"/>.</summary>
    internal Action<string> Failpoint { get; init; } = static _ => { };

    /// <summary>Draws the secrets of a private run; a test passes known ones in.</summary>
    internal SecretSource SecretSource { get; init; } = CryptographicSource.Draw;

    /// <summary>Removes queues of the run from the broker when it is over; null: they are left to it.</summary>
    public Func<IReadOnlyList<string>, CancellationToken, Task>? RemoveQueues { get; init; }

    /// <inheritdoc cref="CoordinatorHostOptions.Archives"/>
    public ModelArchives? Archives { get; init; }

    /// <inheritdoc cref="CoordinatorHostOptions.Watch"/>
    public Action<RunEvent>? Watch { get; init; }

    /// <inheritdoc cref="CoordinatorHostOptions.WriteReport"/>
    public Action<RunDetail, IReadOnlyList<RunEvent>, string>? WriteReport { get; init; }

    /// <summary>The service behind it, for whoever shows it to operators; null: this coordinator ended before there was one.</summary>
    public Task<CoordinatorHost?> HostAsync(CancellationToken stop) => made.Task.WaitAsync(stop);

    /// <summary>The run as operators of a service see it; null: it has not begun, or this coordinator has ended.</summary>
    public async Task<RunSummary?> LookAsync(CancellationToken stop)
    {
        if (await made.Task.WaitAsync(stop) is not { } host)
        {
            return null;
        }

        try
        {
            Serving parts = await host.ServingAsync().WaitAsync(stop);
            return parts.Catalogue.Find(onlyRun) is { } entry ? RunViews.Summary(entry, parts, clock.GetUtcNow()) : null;
        }
        catch (Exception ended) when (ended is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            // What ended it is told by RunAsync.
            return null;
        }
    }

    /// <summary>Begins the run, or goes on with the one in the state folder, and carries it to its end.</summary>
    /// <param name="stop">Stops this coordinator in good order; the run can be continued from its state folder.</param>
    /// <exception cref="CoordinatorOptionsException">A setting or the base model is not what it should be.</exception>
    /// <exception cref="StateFolderException">Another coordinator holds the state folder, or it holds a run under other settings.</exception>
    /// <exception cref="TermLostException">Another coordinator has taken the run over.</exception>
    public async Task<RunOutcome> RunAsync(CancellationToken stop)
    {
        CoordinatorHost? host = null;
        try
        {
            options.Validate();
            BaseModelFiles model = await BaseModelFiles.ReadAsync(options, stop);
            host = new CoordinatorHost(bus, HostOptions(), clock, loggers)
            {
                Failpoint = Failpoint,
                SecretSource = SecretSource,
                OnlyRun = catalogue => onlyRun = Begin(catalogue, model),
            };
            made.TrySetResult(host);
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
            Task serving = host.RunAsync(ending.Token);
            try
            {
                Serving parts = await host.ServingAsync();
                Task<RunOutcome> outcome = parts.Director.OutcomeAsync(onlyRun);
                if (parts.Catalogue.Find(onlyRun) is { IsOver: true } over)
                {
                    await parts.Director.RecallAsync(over);
                }

                RunOutcome end = await await Task.WhenAny(outcome, FailAsync(serving, outcome));
                if (end.Status != RunStatus.Interrupted && !serving.IsCompleted)
                {
                    parts.Catalogue.Change(onlyRun, entry => entry with { Told = true }, command: null);
                }

                return end;
            }
            finally
            {
                await ending.CancelAsync();
                await serving.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }
        finally
        {
            made.TrySetResult(host);
        }
    }

    /// <summary>Ends at once, as a killed process would: queues are dropped, nothing is said or written. For drills within one process.</summary>
    public async Task DieAsync()
    {
        if (await made.Task is { } host)
        {
            await host.DieAsync();
        }
    }

    /// <summary>The service ends before the run only if it is stopped, which the run's outcome says, or broken.</summary>
    private static async Task<RunOutcome> FailAsync(Task serving, Task<RunOutcome> outcome)
    {
        await serving;
        return await outcome;
    }

    private CoordinatorHostOptions HostOptions()
    {
        double heartbeat = Math.Clamp(options.Rounds.LeaseGrace.TotalMilliseconds / 5, 1, 20_000);
        return new CoordinatorHostOptions
        {
            StateFolder = options.Store.StateFolder,
            Heartbeat = TimeSpan.FromMilliseconds(heartbeat),
            ModelFolder = _ => options.BaseModelFolder,
            Archives = Archives,
            RemoveQueues = RemoveQueues,
            Watch = Watch,
            WriteReport = WriteReport,
        };
    }

    /// <summary>Finds the run in the state folder, or begins it there. One that is over and was told of is history.</summary>
    private Guid Begin(RunCatalogue catalogue, BaseModelFiles model)
    {
        JsonObject config = Config(options, model, Spec);
        if (catalogue.All().LastOrDefault(entry => !entry.Told && !entry.IsSubmitted) is { } held)
        {
            if (held.SpentUnknown)
            {
                throw new StateFolderException(
                    $"'{options.Store.StateFolder}' was restored from a backup, or copied, and holds private run '{held.Name}', whose rounds "
                        + "after that have spent of its budget unseen. Serve it "
                        + $"(edgeflora coordinator --dev --state {options.Store.StateFolder}) and say how many ended: "
                        + $"edgeflora runs resume {held.Id} --spent-rounds N. Then this command goes on with it.");
            }

            if (StateDatabase.Difference(held.Spec, config, string.Empty) is { } difference)
            {
                throw new StateFolderException(
                    $"'{options.Store.DatabaseFile}' holds run '{held.Name}' under other settings: {difference}; start with the same settings to "
                    + $"continue it, or name another Store:StateFolder.");
            }

            catalogue.Refresh(held.Id, options);
            return held.Id;
        }

        Guid id = Guid.CreateVersion7(clock.GetUtcNow());
        using System.Diagnostics.Activity? submitted = Telemetry.RunTelemetry.Submit(id);
        var entry = new RunEntry
        {
            Id = id,
            TraceParent = TraceContext.Write(submitted),
            Options = options,
            State = RunState.Queued,
            Priority = Spec?.Priority ?? 0,
            Note = Spec?.Note,
            Selector = Spec?.Selector.Text ?? "",
            DataSet = Spec?.DataSet,
            WaitFor = Spec is null ? options.Rounds.StartTimeout : Spec.WaitFor,
            StartFrom = Spec?.StartFrom,
            Retention = Spec?.Retention ?? new RunRetention(),
            Spec = config,
            ModelFolder = options.BaseModelFolder,
            OutputFolder = options.OutputFolder,
            SubmittedAt = clock.GetUtcNow(),
        };
        catalogue.Add(entry);
        return entry.Id;
    }

    /// <summary>
    /// What makes the run what it is; a state folder is continued only under the same. Folders may move and threads may be more or fewer; weights
    /// may not change.
    /// </summary>
    internal static JsonObject Config(CoordinatorOptions options, BaseModelFiles model, RunSpec? spec = null)
    {
        JsonObject config = JsonSerializer.SerializeToNode(options)!.AsObject();
        config.Remove(nameof(CoordinatorOptions.BaseModelFolder));
        config.Remove(nameof(CoordinatorOptions.OutputFolder));
        config.Remove(nameof(CoordinatorOptions.Store));
        config[nameof(CoordinatorOptions.Aggregation)]!.AsObject().Remove(nameof(AggregationOptions.Threads));
        if (spec is not null)
        {
            config["Selector"] = spec.Selector.Text;
            config["DataSet"] = spec.DataSet;
            config["StartFrom"] = JsonSerializer.SerializeToNode(spec.StartFrom);
        }

        config["Base"] = JsonSerializer.SerializeToNode(model.Base);
        return config;
    }
}
