using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Messages;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Privacy;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Storage;
using EdgeFlora.Transport.Blobs;
using EdgeFlora.Transport.Buses;
using MassTransit;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Leads one run over a started bus: opens rounds, takes results in, aggregates, commits, and survives its own death on the same state folder.</summary>
public sealed class CoordinatorService(IBusControl bus, CoordinatorOptions options, TimeProvider clock, ILoggerFactory loggers)
{
    /// <summary>Longest wait for the broker's word on one message before it is tried again.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TaskCompletionSource death = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource gone = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Rehearses crashes; see <see cref="RunStore.Failpoint"/>.</summary>
    internal Action<string> Failpoint { get; init; } = static _ => { };

    /// <summary>Draws the secrets of a private run; a test passes known ones in.</summary>
    internal SecretSource SecretSource { get; init; } = CryptographicSource.Draw;

    /// <summary>Begins the run, or goes on with the one in the state folder, and carries it to its end.</summary>
    /// <param name="stop">Stops this coordinator in good order; the run can be continued from its state folder.</param>
    /// <exception cref="CoordinatorOptionsException">A setting or the base model is not what it should be.</exception>
    /// <exception cref="StateFolderException">Another coordinator holds the state folder, or it holds a run under other settings.</exception>
    /// <exception cref="TermLostException">Another coordinator has taken the run over.</exception>
    public async Task<RunOutcome> RunAsync(CancellationToken stop)
    {
        try
        {
            options.Validate();
            BaseModelFiles model = await BaseModelFiles.ReadAsync(options, stop);
            MakeStateFolder();
            using StateLock held = StateLock.Take(options.Store.LockFile);
            using RunStore store = RunStore.TakeOver(
                options.Store.DatabaseFile, RunFacts.IdOf(options).ToString(), options.Name, Config(model), $"{Environment.MachineName}, process {Environment.ProcessId}", Failpoint);
            return await RunAsync(store, model, stop);
        }
        finally
        {
            gone.TrySetResult();
        }
    }

    /// <summary>Ends at once, as a killed process would: queues are dropped, nothing is said or written. For drills within one process.</summary>
    public async Task DieAsync()
    {
        death.TrySetResult();
        await gone.Task;
    }

    private async Task<RunOutcome> RunAsync(RunStore store, BaseModelFiles model, CancellationToken stop)
    {
        ILogger log = loggers.CreateLogger<CoordinatorService>();
        var blobs = new BlobStore(options.Store.BlobFolder, log: log);
        var courier = new Courier(bus, clock, Patience);
        using var exchange = new BlobExchange(blobs, courier, clock, Patience);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _ = EndOnDeathAsync(ending);
        void Transfer(object message, BlobPeer peer) => _ = CarryAsync(exchange, message, peer, log, ending.Token);

        var run = new RunAssembly(options, model, store, blobs, new CourierSender(courier, bus), clock, SecretSource, log, Transfer);
        await using IntakeEndpoints endpoints = await IntakeEndpoints.ConnectAsync(bus, run.Loop, run.Blobs, exchange, ending.Token);
        try
        {
            return await run.RunAsync(ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            return run.Interrupted();
        }
        catch (Exception failure)
        {
            log.RunBroke(failure.Message, failure);
            throw;
        }
    }

    /// <summary>A run's state is for its owner alone: it holds agents' updates and, while a round of a private run is frozen, its noise.</summary>
    /// <exception cref="StateFolderException">The folder belongs to somebody else.</exception>
    private void MakeStateFolder()
    {
        try
        {
            if (PrivateFolder.Secure(options.Store.StateFolder, options.Store.Marks) is { } closed)
            {
                loggers.CreateLogger<CoordinatorService>().StateFolderClosed(closed);
            }
        }
        catch (Exception failure) when (failure is UnauthorizedAccessException or IOException)
        {
            throw new StateFolderException(
                $"Store:StateFolder '{options.Store.StateFolder}' can't be used: {failure.Message}", failure);
        }
    }

    private async Task EndOnDeathAsync(CancellationTokenSource ending)
    {
        if (await Task.WhenAny(death.Task, gone.Task) == death.Task)
        {
            await ending.CancelAsync();
        }
    }

    private static async Task CarryAsync(BlobExchange exchange, object message, BlobPeer peer, ILogger log, CancellationToken stop)
    {
        try
        {
            await (message switch
            {
                BlobAnnounced announced => exchange.OnAnnouncedAsync(announced, peer, stop),
                BlobWanted wanted => exchange.OnWantedAsync(wanted, peer, stop),
                _ => throw new ArgumentException($"{message.GetType()} begins no transfer.", nameof(message)),
            });
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
#pragma warning disable CA1031 // The outermost frame of a transfer: whatever broke it off, the agent asks again.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            log.TransferFailed(peer.AgentId, failure);
        }
    }

    /// <summary>What makes the run what it is; a state folder is continued only under the same. Folders may move and threads may be more or fewer; weights may not change.</summary>
    private string Config(BaseModelFiles model)
    {
        JsonObject config = JsonSerializer.SerializeToNode(options)!.AsObject();
        config.Remove(nameof(CoordinatorOptions.BaseModelFolder));
        config.Remove(nameof(CoordinatorOptions.OutputFolder));
        config.Remove(nameof(CoordinatorOptions.Store));
        config[nameof(CoordinatorOptions.Aggregation)]!.AsObject().Remove(nameof(AggregationOptions.Threads));
        config["Base"] = JsonSerializer.SerializeToNode(model.Base);
        return config.ToJsonString();
    }
}
