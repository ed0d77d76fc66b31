namespace EdgeFlora.Protocol.Rounds;

/// <summary>
/// How many of a round's tasks are in which state; kept up to date task by task, for a message must not cost a look at all of them.
/// </summary>
/// <param name="Waited">At work, and their agents heard of late.</param>
/// <param name="Counted">Those that goal and quorum are made of.</param>
internal readonly record struct TaskTally(int Offered, int Accepted, int Done, int Failed, int Rejected, int Waited, int Counted)
{
    public int AtWork => Offered + Accepted;

    public static TaskTally Of(AgentTask task, AgentStanding standing, bool silent) => new(
        One(task.State == TaskState.Offered),
        One(task.State == TaskState.Accepted),
        One(task.State == TaskState.Done),
        One(task.State == TaskState.Failed),
        One(task.State == TaskState.Rejected),
        One(task.AtWork && !silent),
        One(IsCounted(task, standing)));

    public static TaskTally operator +(TaskTally x, TaskTally y) => new(
        x.Offered + y.Offered,
        x.Accepted + y.Accepted,
        x.Done + y.Done,
        x.Failed + y.Failed,
        x.Rejected + y.Rejected,
        x.Waited + y.Waited,
        x.Counted + y.Counted);

    public static TaskTally operator -(TaskTally x, TaskTally y) => new(
        x.Offered - y.Offered,
        x.Accepted - y.Accepted,
        x.Done - y.Done,
        x.Failed - y.Failed,
        x.Rejected - y.Rejected,
        x.Waited - y.Waited,
        x.Counted - y.Counted);

    /// <summary>
    /// A result always counts. Before there is one, a task that was taken does, or an offer to an agent that is counted on; one that was declined
    /// or never answered does not.
    /// </summary>
    private static bool IsCounted(AgentTask task, AgentStanding standing) => task.State switch
    {
        TaskState.Done => true,
        TaskState.Declined => false,
        TaskState.Offered when !task.Taken => task.Counts,
        _ => task.Taken && standing != AgentStanding.Benched,
    };

    private static int One(bool holds) => holds ? 1 : 0;
}
