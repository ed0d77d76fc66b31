using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Waits;

/// <summary>What a task is at, or how it ended, in a sentence.</summary>
internal static class TaskWaits
{
    /// <param name="advance">What its agent last said of it; null: nothing yet.</param>
    /// <param name="silent">Whether its agent has missed heartbeats.</param>
    /// <param name="now">Run clock in milliseconds.</param>
    public static string Sentence(AgentTask task, TaskAdvance? advance, bool silent, long now, RoundRules rules) => task.State switch
    {
        TaskState.Offered => $"has not answered its offer yet; that is waited for {Left(task, now, rules)} more",
        TaskState.Accepted when silent => $"silent, last at {advance?.Words ?? "work"}; given up in {Left(task, now, rules)} unless it is heard",
        TaskState.Accepted => advance?.Words ?? "at work",
        TaskState.Done => "its update counts",
        TaskState.Lost => $"dropped{Code(task)}; its update still counts if it comes while the round is open",
        TaskState.Declined => $"declined{Code(task)}",
        TaskState.Failed => $"failed{Code(task)}",
        TaskState.Rejected => $"its update was refused{Code(task)}",
        TaskState.Late => "was still at work when the round's inputs were frozen",
        _ => throw new ArgumentOutOfRangeException(nameof(task), task.State, "A state of a task without a sentence."),
    };

    /// <summary>In a few words, where many are named.</summary>
    public static string Words(AgentTask task, TaskAdvance? advance, bool silent) => task.State switch
    {
        TaskState.Offered => "no answer yet",
        TaskState.Accepted when silent => "silent",
        _ => advance?.Words ?? "at work",
    };

    private static string Left(AgentTask task, long now, RoundRules rules) =>
        WaitText.Span(TimeSpan.FromMilliseconds(Math.Max(0, task.LeaseEnd(rules) - now)));

    private static string Code(AgentTask task) => task.EndCode is { } code ? $": {code}" : "";
}
