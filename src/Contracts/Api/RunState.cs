using System.Text.Json.Serialization;

namespace EdgeFlora.Contracts.Api;

/// <summary>Where a run is in its life.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RunState>))]
public enum RunState
{
    /// <summary>Submitted; waits for its turn or for its agents. <see cref="WaitReason"/> says which.</summary>
    Queued,

    /// <summary>Rounds are under way, or it waits for agents between two of them.</summary>
    Running,

    /// <summary>Held by an operator; nothing new is offered until it is resumed.</summary>
    Paused,

    /// <summary>Every round has its model, or a private run spent its budget.</summary>
    Completed,

    /// <summary>Over, with a model, but rounds were skipped or left out.</summary>
    Incomplete,

    /// <summary>Over without a usable outcome; the reason says why.</summary>
    Failed,

    /// <summary>Ended by an operator. Its committed models remain.</summary>
    Cancelled,
}
