using System.Collections.Concurrent;
using System.Text.Json;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Rounds;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Evaluation;
using EdgeFlora.Coordinator.Messages;
using EdgeFlora.Coordinator.Rounds;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Fleet;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>
/// Messages stored with the effects that cause them: sent until they are out, also by a successor. A receiver may see one twice, under the same
/// message id.
/// </summary>
internal sealed class Outbox(RunFacts facts, LiveRun state, RunReader reader, TrainingOffers offers, EvaluationHandler evaluations)
{
    private readonly ConcurrentQueue<long> sent = new();
    private long last;

    /// <summary>Rows stored since the last call, ready to send. A row whose occasion has passed meanwhile counts as sent.</summary>
    public List<Outgoing> TakeNew(long now)
    {
        List<Outgoing> ready = [];
        foreach (OutboxRow row in reader.Outbox(last))
        {
            last = row.Id;
            if (Make(row, now) is { } outgoing)
            {
                ready.Add(outgoing with { OutboxId = row.Id });
            }
            else
            {
                sent.Enqueue(row.Id);
            }
        }

        return ready;
    }

    public void Sent(long id) => sent.Enqueue(id);

    /// <summary>Forgets what is out, in the transaction of the next effect.</summary>
    public void RemoveSent(StoreTransaction store)
    {
        List<long> ids = [];
        while (sent.TryDequeue(out long id))
        {
            ids.Add(id);
        }

        if (ids.Count > 0)
        {
            store.RemoveSent(ids);
        }
    }

    private Outgoing? Make(OutboxRow row, long now)
    {
        if (row.Kind == nameof(RunEvent))
        {
            return Outgoing.Publish(JsonSerializer.Deserialize<RunEvent>(row.Body!)!);
        }

        return state.Agents.TryGetValue(row.Agent!, out KnownAgent? agent) ? Make(row, agent, now) : null;
    }

    private Outgoing? Make(OutboxRow row, KnownAgent agent, long now) => row.Kind switch
    {
        nameof(TaskOffer) => OfferOf(agent, row.Round, now) is { } offer ? Outgoing.To(agent.ReplyQueue, offer, offer.Header) : null,
        nameof(TaskCancelled) => Stored<TaskCancelled>(row, agent, m => m.Header, (m, header) => m with { Header = header }),
        nameof(ResultAck) => Stored<ResultAck>(row, agent, m => m.Header, (m, header) => m with { Header = header }),
        nameof(RoundCommitted) => Stored<RoundCommitted>(row, agent, m => m.Header, (m, header) => m with { Header = header }),
        nameof(AgentRefused) => Stored<AgentRefused>(row, agent, m => m.Header, (m, header) => m with { Header = header }),
        _ => throw new StateFolderException($"The outbox holds a message of kind '{row.Kind}', which this build does not send."),
    };

    /// <summary>Trainers measure only once no round is open any more.</summary>
    private TaskOffer? OfferOf(KnownAgent agent, int round, long now) =>
        (agent.Role == AgentRole.Evaluator ? null : offers.Offer(agent.Name, round, now)) ?? evaluations.Offer(agent.Name, round, now);

    /// <summary>A stored message under this coordinator's term: agents drop what an earlier one signs.</summary>
    private Outgoing Stored<T>(OutboxRow row, KnownAgent agent, Func<T, MessageHeader> headerOf, Func<T, MessageHeader, T> with)
        where T : class
    {
        T message = JsonSerializer.Deserialize<T>(row.Body!)!;
        MessageHeader stored = headerOf(message);
        MessageHeader header = facts.Stamp.Like(stored, row.Kind, facts.Term) with { MessageId = stored.MessageId };
        return Outgoing.To(agent.ReplyQueue, with(message, header), header);
    }
}
