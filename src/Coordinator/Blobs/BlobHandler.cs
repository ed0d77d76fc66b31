using System.Collections.Concurrent;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Blobs;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Transport.Blobs;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Coordinator.Blobs;

/// <summary>Decides who may hand over or fetch which body; the transfer itself is <see cref="BlobExchange"/>'s, outside the run's loop.</summary>
internal sealed class BlobHandler(RunFacts facts, LiveRun state, LateWork late, RankReadOuts readOuts)
{
    /// <summary>Where welcomed agents listen: read by consumers of chunks, which do not pass through the loop.</summary>
    private readonly ConcurrentDictionary<string, string> queues = new(StringComparer.Ordinal);

    /// <summary>The round in which a body was last announced and taken, by hash.</summary>
    private readonly Dictionary<string, int> announcements = new(StringComparer.Ordinal);

    /// <summary>Notes that a body is being handed over: refused, late and unreported ones are found again by this.</summary>
    public void Note(BlobAnnounced announced) => announcements[announced.Claim.Sha256] = state.Round?.Number ?? 0;

    /// <summary>Notes bodies that a coordinator before this one took: as if they had been announced in the present round.</summary>
    public void NoteFound(IEnumerable<string> sha256)
    {
        foreach (string found in sha256)
        {
            announcements[found] = state.Round?.Number ?? 0;
        }
    }

    /// <summary>Bodies announced in a round or before.</summary>
    public IEnumerable<string> AnnouncedUntil(int round) => announcements.Where(entry => entry.Value <= round).Select(entry => entry.Key);

    /// <summary>Forgets them.</summary>
    public void ForgetAnnouncedUntil(int round)
    {
        foreach (string forgotten in AnnouncedUntil(round).ToArray())
        {
            announcements.Remove(forgotten);
        }
    }

    /// <summary>What is wrong with an agent's wish to hand a body over, in a sentence; null if it may.</summary>
    public string? WhyNotHandOver(BlobAnnounced announced)
    {
        string agent = announced.Header.AgentId;
        if (late.IsExpected(announced.Header) || late.IsUndecided(announced.Header))
        {
            return WrongSize(announced);
        }

        if (announced.Header.RunId != facts.RunId || state.Round is not { } round || round.Tasks.GetValueOrDefault(agent) is not { } task
            || announced.Header.TaskId != facts.TaskId(TaskKind.Train, round.Number, agent))
        {
            return $"Agent '{agent}' has no task in the present round that this body could belong to.";
        }

        if (!round.IsOpen || task.State == TaskState.Rejected)
        {
            return $"Round {round.Number} takes no update of agent '{agent}' any more.";
        }

        return WrongSize(announced);
    }

    /// <summary>
    /// Only models of this run are handed out, their read-outs at lower ranks, what was folded into the base for them, the newest one's control
    /// variates, and the base model itself.
    /// </summary>
    public bool MayFetch(string sha256) =>
        readOuts.Holds(sha256)
        || facts.Archive?.Sha256 == sha256
        || (facts.Options.Training.ControlVariates && state.Models.GetValueOrDefault(state.NewestModel)?.Momentum?.Sha256 == sha256)
        || (state.Models.Values.Any(model => model.Claim.Sha256 == sha256 || model.BaseDelta?.Sha256 == sha256)
            && !state.RemovedBodies.Contains(sha256));

    private string? WrongSize(BlobAnnounced announced) => UpdateSize.Wrong(
        announced.Claim, facts, RankReadOuts.ShapeOf(state.Broadcast!.Shape, state.RankOf(announced.Header)), state.Needs(facts.Options).Unchanged);

    public void Remember(string agent) => queues[agent] = state.Agents[agent].ReplyQueue;

    /// <summary>The agent as the other side of a transfer; null if it was never welcomed.</summary>
    public BlobPeer? Peer(string agent, MessageHeader? about = null) => queues.TryGetValue(agent, out string? queue)
        ? new BlobPeer(agent, queue, BusQueues.ChunksOf(queue), (kind, content) => about is null
            ? facts.Stamp.About(kind, agent, facts.RunId, term: facts.Term, content: content)
            : facts.Stamp.Like(about, kind, facts.Term, content))
        : null;
}
