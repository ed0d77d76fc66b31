using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Availability;
using EdgeFlora.EdgeAgent.Models;
using EdgeFlora.EdgeAgent.Tasks;
using EdgeFlora.EdgeAgent.Training;

namespace EdgeFlora.EdgeAgent.Presence;

/// <summary>What a running agent does at the moment, put together from those who know a part of it.</summary>
internal sealed class CurrentActivity(Enrolment enrolment, WorkPermit permit, TaskRegistry registry)
{
    public AgentState Now
    {
        get
        {
            bool joined = enrolment.Welcome is not null;
            if (enrolment.Held is { } held)
            {
                return new AgentState(AgentPhase.Draining, registry.Current?.Offer.Header.Round ?? 0) { Joined = joined, Reason = held };
            }

            if (permit.Closed is { } closure)
            {
                return new AgentState(AgentPhase.Draining, registry.Current?.Offer.Header.Round ?? 0) { Joined = joined, Reason = closure.Text };
            }

            if (registry.Current is not { } task)
            {
                return new AgentState(joined ? AgentPhase.Idle : AgentPhase.Connecting) { Joined = joined };
            }

            TaskProgressBoard.Standing standing = task.Progress.Now;
            return new AgentState(PhaseOf(standing.Phase), task.Offer.Header.Round, standing.Step, standing.Total, standing.Loss)
            {
                Joined = joined,
                Reason = standing.Phase != TaskPhase.Fetching ? null
                    : standing.Waiting ?? $"{task.Offer.Base.ModelId} ({CacheSpace.Size(task.Offer.BaseArchive?.Size ?? 0)})",
                Memory = task.Memory?.ToString(),
            };
        }
    }

    private static AgentPhase PhaseOf(TaskPhase phase) => phase switch
    {
        TaskPhase.Preparing => AgentPhase.Preparing,
        TaskPhase.Fetching => AgentPhase.Fetching,
        TaskPhase.Training => AgentPhase.Training,
        TaskPhase.Evaluating => AgentPhase.Evaluating,
        TaskPhase.Packing => AgentPhase.Packing,
        TaskPhase.Uploading => AgentPhase.Uploading,
        _ => AgentPhase.Reporting,
    };
}
