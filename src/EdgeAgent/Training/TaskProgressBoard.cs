using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.EdgeAgent.Training;

/// <summary>Where a task stands: written by the training thread, read by the heartbeat. A reader sees one moment, never parts of two.</summary>
internal sealed class TaskProgressBoard
{
    private Standing standing = new(TaskPhase.Preparing, 0, 0, null);

    public Standing Now => Volatile.Read(ref standing);

    public void Set(TaskPhase phase, int step = 0, int total = 0, double? loss = null) =>
        Volatile.Write(ref standing, new Standing(phase, step, total, loss));

    public void Enter(TaskPhase phase) => Volatile.Write(ref standing, Now with { Phase = phase });

    public sealed record Standing(TaskPhase Phase, int Step, int Total, double? Loss);
}
