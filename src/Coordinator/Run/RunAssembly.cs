using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Agents;
using EdgeFlora.Coordinator.Blobs;
using EdgeFlora.Coordinator.Evaluation;
using EdgeFlora.Coordinator.Intake;
using EdgeFlora.Coordinator.Messages;
using EdgeFlora.Coordinator.Model;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Rounds;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Transport.Blobs;
using EdgeFlora.Transport.Stamps;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Run;

/// <summary>One coordinator's hold on a run, put together: state brought back from the store, desks, loop and outbox. Knows no bus.</summary>
internal sealed class RunAssembly
{
    private readonly RunStore store;
    private readonly OutgoingQueue outgoing;
    private readonly Outbox outbox;
    private readonly RunOutput output;
    private readonly ILogger log;

    /// <param name="transfer">Carries a transfer of a body that was allowed.</param>
    public RunAssembly(
        CoordinatorOptions options, BaseModelFiles model, RunStore store, BlobStore blobs, IMessageSender sender, TimeProvider time, ILogger log, Action<object, BlobPeer> transfer)
    {
        this.store = store;
        this.log = log;
        Clock = new RunClock(time, store.Clock);
        Facts = new RunFacts
        {
            Options = options,
            RunId = RunFacts.IdOf(options),
            Term = store.Term,
            Base = model.Base,
            Lora = model.Shape.Settings,
            ContractNeeded = ContractNeed.Of(options),
            Rules = RunFacts.RulesOf(options),
            Stamp = new MessageStamp(RunFacts.BootOf(RunFacts.IdOf(options), store.Term), time),
        };
        Model = model;
        BlobStore = blobs;
        RunReader reader = store.Read();
        RunRecovery.Load(State, reader, Facts, model.Shape, blobs, Clock.Now);
        var evaluations = new EvaluationDesk(Facts, State);
        Rounds = new RoundDesk(Facts, State, evaluations, StartAggregation);
        var late = new LateWork(Facts, State);
        var agents = new AgentDesk(Facts, State, Rounds, late, evaluations);
        Rounds.OnOutlier = agents.Strike;
        Rounds.OnOver = ForgetUpdates;
        var results = new ResultDesk(Facts, State, reader, Rounds, late, agents, StartInspection);
        Blobs = new BlobDesk(Facts, State, late);
        foreach (string agent in State.Agents.Keys)
        {
            Blobs.Remember(agent);
        }

        outbox = new Outbox(Facts, State, reader, Rounds, evaluations);
        outgoing = new OutgoingQueue(sender, time, log, outbox.Sent, agent => Loop!.Post(new AgentUnreachable(agent)));
        output = new RunOutput(Facts, State, reader, blobs);
        var router = new RunRouter(Facts, State, agents, Rounds, late, results, evaluations, Blobs, (message, agent) => transfer(message, Blobs.Peer(agent, HeaderOf(message))!));
        Loop = new RunLoop(Facts, State, store, Clock, time, router, evaluations, outbox, outgoing, output, log);
        Evaluations = evaluations;
    }

    public RunFacts Facts { get; }

    public RunState State { get; } = new();

    public RunClock Clock { get; }

    public RunLoop Loop { get; }

    public BlobDesk Blobs { get; }

    private BaseModelFiles Model { get; }

    private BlobStore BlobStore { get; }

    private RoundDesk Rounds { get; }

    private EvaluationDesk Evaluations { get; }

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
            outgoing.Complete();
            await sender.WaitAsync(stop);
            using StoreTransaction last = store.Begin(Clock.Now);
            outbox.RemoveSent(last);
            last.Commit();
            log.RunEnded(Facts.RunId, outcome.Failure ?? "completed");
            return outcome;
        }
        finally
        {
            await sending.CancelAsync();
            await sender.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private async Task<RunOutcome> CarryAsync(CancellationToken stop)
    {
        (string ended, string? failure, _) = store.Read().RunState();
        if (ended != "Running")
        {
            Loop.SendLeftOver();
            return output.Outcome(Enum.Parse<RunStatus>(ended), failure);
        }

        RunEnd end = await Loop.RunAsync(Begin, stop);
        return output.Outcome(end.Failure is null ? RunStatus.Completed : RunStatus.Failed, end.Failure);
    }

    public RunOutcome Interrupted() => output.Outcome(RunStatus.Interrupted, failure: null);

    private void Begin(Step step)
    {
        if (State.Models.Count == 0)
        {
            (BlobClaim claim, _) = GlobalModel.Store(Model.First, Facts.Options, BlobStore);
            var first = new StoredModel(0, claim, Figures: null, ModulesJson: null);
            State.Models.Add(0, first);
            State.Broadcast = new Adapters.Codecs.AdapterReference(GlobalModel.Read(claim, Model.Shape, BlobStore));
            step.Store.AddModel(first);
            step.Event(RunEventKind.CoordinatorStarted, detail: $"term {Facts.Term}");
            log.RunBegins(Facts.RunId, Facts.Options.Name, Facts.Term, Facts.Options.Store.StateFolder);
            Rounds.Plan(0, step);
            return;
        }

        step.Event(RunEventKind.CoordinatorRecovered, State.Round?.Number ?? 0, detail: $"term {Facts.Term}");
        log.RunTakenOver(Facts.RunId, Facts.Term, State.Round?.Number ?? 0, State.Round?.State.ToString() ?? "none");
        Rounds.Resume(step);
        Evaluations.Resume(step);
    }

    /// <summary>A round that is over needs its updates no more, nor the momentum it went on from: what counts of them is in its model.</summary>
    private void ForgetUpdates(int round)
    {
        // Two: a crash may have come between a commit and this.
        string? momentum = State.Models.GetValueOrDefault(State.NewestModel)?.Momentum?.Sha256;
        foreach (StoredModel earlier in State.Models.Values.SkipLast(1).TakeLast(2).Where(model => model.Momentum is not null && model.Momentum.Sha256 != momentum))
        {
            BlobStore.Remove(earlier.Momentum!.Sha256);
        }

        foreach (string body in store.Read().Bodies(round).Where(body => !Blobs.MayFetch(body)))
        {
            BlobStore.Remove(body);
        }
    }

    private void StartInspection(Contracts.Results.ResultReady result)
    {
        Adapters.Codecs.AdapterReference broadcast = State.Broadcast!;
        RoundNeeds needs = State.Needs(Facts.Options);
        StoredModel start = State.StartOf(result.Header.Round);
        bool isNewest = start.Round == State.NewestModel;

        // Changes of B and of A have lengths of their own: a round is held against the one before only if the same factors were trained.
        bool comparable = State.Turn > 1 && RoundNeeds.Of(Facts.Options.Aggregation, broadcast.Shape, State.Turn - 1).Unchanged.Equals(needs.Unchanged);
        Aggregation.ChangeNorm? median = comparable ? State.MedianNorm : null;
        _ = Task.Run(() =>
        {
            try
            {
                Adapters.Codecs.AdapterReference reference = isNewest ? broadcast : new Adapters.Codecs.AdapterReference(GlobalModel.Read(start.Claim, broadcast.Shape, BlobStore));
                Loop.Post(UpdateInspection.Inspect(result, BlobStore, reference, needs.Unchanged, median, Facts.Options.Intake.ArrivalNormFactor));
            }
            catch (IOException failure)
            {
                // A fault of ours: no verdict. The agent asks again.
                log.InspectionFailed(result.Header.AgentId, failure);
                Loop.Post(new InspectionFailure(result.Header.AgentId));
            }
        });
    }

    private void StartAggregation(int round)
    {
        IReadOnlyList<StoredResult> results = RunRecovery.Counted(store.Read(), round);
        var work = new ManifestAggregation(round, State.Turn, results, State.Broadcast!, State.Models[State.NewestModel])
        {
            Starts = results.Where(result => result.IsLate).Select(result => result.Round).Distinct().ToDictionary(earlier => earlier, State.StartWithAge),
        };
        Loop.Post(new AggregationStart(round));
        _ = Task.Run(() =>
        {
            try
            {
                Loop.Post(work.Run(Facts.Options, BlobStore));
            }
#pragma warning disable CA1031 // The outermost frame of a worker: whatever went wrong, the round must end and say so.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                log.AggregationFailed(round, failure);
                Loop.Post(new AggregationFailure(round, $"the aggregation failed: {Text.Cut(failure.Message, 1000)}"));
            }
        });
    }

    private static Contracts.MessageHeader? HeaderOf(object message) => message switch
    {
        BlobAnnounced announced => announced.Header,
        BlobWanted wanted => wanted.Header,
        _ => null,
    };
}
