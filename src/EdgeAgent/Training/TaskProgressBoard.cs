using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.EdgeAgent.Training;

/// <summary>Where a task stands: written by the training thread, read by the heartbeat. A reader sees one moment, never parts of two.</summary>
internal sealed class TaskProgressBoard
{
    private Standing standing = new(TaskPhase.Preparing, 0, 0, null);

    public Standing Now => Volatile.Read(ref standing);

    /// <summary>Called with each part of the task that is come to.</summary>
    public Action<TaskPhase> Entered { get; set; } = static _ => { };

    /// <param name="waiting">What is waited for, in a few words; null: for nothing.</param>
    public void Set(TaskPhase phase, int step = 0, int total = 0, double? loss = null, string? waiting = null)
    {
        bool isNew = Now.Phase != phase;
        Volatile.Write(ref standing, new Standing(phase, step, total, loss, waiting));
        if (isNew)
        {
            Entered(phase);
        }
    }

    public void Enter(TaskPhase phase)
    {
        Volatile.Write(ref standing, Now with { Phase = phase, Waiting = null });
        Entered(phase);
    }

    public sealed record Standing(TaskPhase Phase, int Step, int Total, double? Loss, string? Waiting = null);
}
