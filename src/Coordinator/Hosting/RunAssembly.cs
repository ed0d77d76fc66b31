using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Blobs;
using EdgeFlora.Coordinator.Evaluation;
using EdgeFlora.Coordinator.Intake;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Messages;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Rounds;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Transport.Blobs;
using EdgeFlora.Transport.Stamps;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>One coordinator's hold on a run, put together: state brought back from the store, handlers, loop and outbox. Knows no bus.</summary>
#pragma warning disable CA1001 // What it sends with is disposed of where sending ends.
internal sealed class RunAssembly
#pragma warning restore CA1001
{
    private readonly RunStore store;
    private readonly OutgoingQueue outgoing;
    private readonly Outbox outbox;
    private readonly RunOutput output;
    private readonly BodyRemoval removal;
    private readonly ILogger log;

    /// <param name="secrets">Draws what of a private run must not follow from its seed.</param>
    /// <param name="transfer">Carries a transfer of a body that was allowed.</param>
    public RunAssembly(
        CoordinatorOptions options, RunTerms terms, RunHooks hooks, BaseModelFiles model, RunStore store, BlobStore blobs, IMessageSender sender,
        TimeProvider time, SecretSource secrets, ILogger log, Action<object, BlobPeer> transfer)
    {
        this.store = store;
        this.log = log;
        Clock = new RunClock(time, store.Clock);
        Facts = new RunFacts
        {
            Options = options,
            Terms = terms,
            Term = store.Term,
            Base = model.Base,
            Archive = model.Archive,
            Lora = model.Shape.Settings,
            ContractNeeded = ContractNeeds.Of(options),
            Rules = RunFacts.RulesOf(options, terms),
            Stamp = new MessageStamp(RunFacts.BootOf(terms.RunId, store.Term), time),
            Telemetry = hooks.Telemetry,
        };
        Model = model;
        BlobStore = blobs;
        State.Paused = terms.Paused;
        RunReader reader = store.Read();
        RunRecovery.Load(State, reader, Facts, model.Shape, blobs, Clock.Now);
        ReadOuts = new RankReadOuts(options, blobs);
        var evaluations = new EvaluationHandler(Facts, State, hooks.IsDrained);
        evaluations.Quality.Recall(reader, round => RunRecovery.Counted(reader, round));
        var finish = new RunFinish(Facts, State, evaluations, evaluations.Quality);
        var drawn = new RoundSecrets(Facts, State, secrets);
        var offers = new TrainingOffers(Facts, State, ReadOuts);
        var lateTasks = new LateTasks(Facts, State, offers);
        var freeze = new RoundFreeze(Facts, State, drawn, lateTasks);
        var commit = new RoundCommit(Facts, State, drawn, ReadOuts);
        Rounds = new RoundHandler(
            Facts,
            State,
            evaluations,
            finish,
            drawn,
            offers,
            lateTasks,
            freeze,
            commit,
            round => Loop!.Post(new AggregationStart(round)),
            new MergeWorker(Facts, State, store, blobs, input => Loop!.Post(input), log).Begin);
        var late = new LateWork(Facts, State);
        Agents = new AgentHandler(Facts, State, Rounds, late, evaluations, hooks);
        freeze.OnOutlier = Agents.Strike;
        var check = new ResultCheck(Facts, State, reader, late);
        var inspections = new InspectionWorker(Facts, State, ReadOuts, blobs, input => Loop!.Post(input), log);
        var results = new ResultHandler(Facts, State, check, new ResultWeight(Facts, State), Rounds, late, Agents, inspections.Begin, blobs.Remove);
        Blobs = new BlobHandler(Facts, State, late, ReadOuts);
        removal = new BodyRemoval(Facts, State, reader, Blobs, evaluations.Schedule.MayBeMeasured, () => evaluations.Quality.Kept, ReadOuts, blobs);
        Blobs.NoteFound(blobs.Held());
        Rounds.OnOver = AfterRound;
        evaluations.OnMeasured = () => Remove(removal.Models);
        foreach (string agent in State.Agents.Keys)
        {
            Blobs.Remember(agent);
        }

        outbox = new Outbox(Facts, State, reader, offers, evaluations);
        outgoing = new OutgoingQueue(sender, time, log, outbox.Sent, agent => Loop!.Post(new AgentUnreachable(agent)));
        output = new RunOutput(Facts, State, reader, blobs);
        var router = new RunRouter(
            Facts,
            State,
            Agents,
            Rounds,
            late,
            results,
            evaluations,
            Blobs,
            new RunLifecycle(State, Rounds, offers, lateTasks, evaluations),
            (message, agent) => transfer(message, Blobs.Peer(agent, HeaderOf(message))!));
        Loop = new RunLoop(Facts, State, store, Clock, time, router, evaluations, finish, outbox, outgoing, output, hooks, log);
        Evaluations = evaluations;
    }

    public RunFacts Facts { get; }

    public LiveRun State { get; } = new();

    public RunClock Clock { get; }

    public RunLoop Loop { get; }

    public BlobHandler Blobs { get; }

    private BaseModelFiles Model { get; }

    private BlobStore BlobStore { get; }

    private RankReadOuts ReadOuts { get; }

    private AgentHandler Agents { get; }

    private RoundHandler Rounds { get; }

    private EvaluationHandler Evaluations { get; }

    /// <summary>Carries the run to its end.</summary>
    /// <param name="stop">Stops this coordinator, not the run.</param>
    /// <exception cref="TermLostException">Another coordinator has taken over.</exception>
    public async Task<RunOutcome> RunAsync(CancellationToken stop)
    {
        using var sending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task sender = outgoing.RunAsync(sending.Token);
        try
        {
            RunOutcome outcome = await CarryAsync(stop);
            Remove(removal.AfterRun);
            outgoing.Complete();
            await sender.WaitAsync(stop);
            using StoreTransaction last = store.Begin(Clock.Now);
            outbox.RemoveSent(last);
            last.Commit();
            log.RunEnded(Facts.RunId, outcome.Failure ?? outcome.Shortfall ?? outcome.Note ?? "completed");
            return outcome;
        }
        finally
        {
            await sending.CancelAsync();
            await sender.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            outgoing.Dispose();
        }
    }

    private async Task<RunOutcome> CarryAsync(CancellationToken stop)
    {
        (string ended, string? detail, _) = store.Read().RunState();
        if (ended is not (nameof(RunState.Running) or nameof(RunState.Queued) or nameof(RunState.Paused)))
        {
            Loop.SendLeftOver();
            return output.Outcome(ended switch
            {
                nameof(RunStatus.Failed) => new RunEnd(detail),
                nameof(RunStatus.Incomplete) => new RunEnd(Failure: null, Shortfall: detail),
                _ => new RunEnd(Failure: null, detail) { Cancelled = ended == nameof(RunStatus.Cancelled) },
            });
        }

        return output.Outcome(await Loop.RunAsync(Begin, stop));
    }

    public RunOutcome Interrupted() => output.Outcome(end: null);

    private void Begin(Step step)
    {
        if (State.Models.Count == 0)
        {
            Adapters.LoraAdapter start = Facts.Terms.StartFrom() ?? Model.First;
            Aggregation.AggregationOptions merging = Facts.Options.Aggregation;
            (BlobClaim claim, _) = GlobalModel.Store(
                merging.MixedRanks ? Aggregation.Ranks.RankReadOut.Ordered(start, merging.Gauge) : start, Facts.Options, BlobStore);
            var first = new StoredModel(0, claim, Figures: null, ModulesJson: null);
            State.Models.Add(0, first);
            State.Broadcast = new Adapters.Codecs.AdapterReference(GlobalModel.Read(claim, Model.Shape, BlobStore));
            step.Store.Models.Add(first);
            step.Event(RunEventKind.CoordinatorStarted, detail: $"term {Facts.Term}");
            log.RunBegins(Facts.RunId, Facts.Options.Name, Facts.Term, Facts.Options.Store.StateFolder);
            Rounds.Plan(0, step);
            return;
        }

        step.Event(RunEventKind.CoordinatorRecovered, State.Round?.Number ?? 0, detail: $"term {Facts.Term}");
        Agents.WithdrawAway(step);
        log.RunTakenOver(Facts.RunId, Facts.Term, State.Round?.Number ?? 0, State.Round?.State.ToString() ?? "none");
        Rounds.Resume(step);
        Evaluations.Resume(step);
    }

    private void AfterRound(int round)
    {
        Remove(() => removal.AfterRound(round));
        if (Facts.Options.Privacy is not null)
        {
            // The round's noise is deleted; no file is to keep it. A crash before this is made good when a successor opens the store.
            store.Scrub();
        }
    }

    /// <summary>
    /// A body that can't be removed takes place on the disk, which is no reason to end a run; it is tried again after the next round.
    /// </summary>
    private void Remove(Action removing)
    {
        try
        {
            removing();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            log.BodiesNotRemoved(failure.Message);
        }
    }

    private static Contracts.MessageHeader? HeaderOf(object message) => message switch
    {
        BlobAnnounced announced => announced.Header,
        BlobWanted wanted => wanted.Header,
        _ => null,
    };
}
