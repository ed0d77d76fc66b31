using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.Transport.Telemetry;

/// <summary>Names of all spans. There is no other.</summary>
public static class SpanNames
{
    /// <summary>A run is taken into the queue.</summary>
    public const string Submission = "run.submit";

    /// <summary>A round, from its opening to its commit.</summary>
    public const string Round = "round";

    /// <summary>An agent's work in a round as the coordinator sees it: from the offer to the result's answer.</summary>
    public const string Task = "task";

    /// <summary>The same as the agent sees it.</summary>
    public const string Work = "task.work";

    public const string Fetch = "task.fetch";

    /// <summary>An agent fetches the base model that it lacks.</summary>
    public const string FetchModel = "task.fetch-model";

    public const string Train = "task.train";

    public const string Evaluate = "task.evaluate";

    public const string Pack = "task.pack";

    public const string Upload = "task.upload";

    public const string Report = "task.report";

    /// <summary>A result is looked into.</summary>
    public const string Intake = "result.intake";

    public const string Merge = "round.merge";

    /// <summary>From a merged model to its being stored.</summary>
    public const string Commit = "round.commit";

    public static IReadOnlyList<string> All { get; } =
        [Submission, Round, Task, Work, FetchModel, Fetch, Train, Evaluate, Pack, Upload, Report, Intake, Merge, Commit];

    /// <summary>Those that an agent may tell of with its result.</summary>
    public static IReadOnlySet<string> OfAgents { get; } = new HashSet<string>(
        [Work, FetchModel, Fetch, Train, Evaluate, Pack, Upload], StringComparer.Ordinal);

    public static string Of(TaskPhase phase) => phase switch
    {
        TaskPhase.Preparing => Fetch,
        TaskPhase.Fetching => FetchModel,
        TaskPhase.Training => Train,
        TaskPhase.Evaluating => Evaluate,
        TaskPhase.Packing => Pack,
        TaskPhase.Uploading => Upload,
        _ => Report,
    };
}
