using System.Text.Json.Serialization;

namespace EdgeFlora.Coordinator.Options;

/// <summary>Which rank each agent trains, where not all train the same. The global adapter has the highest of them.</summary>
/// <remarks>
/// All agents train at one scale, α over the highest rank (over its root for rsLoRA): what fits a lower rank changes the model alike.
/// </remarks>
[JsonConverter(typeof(AgentRanksJsonConverter))]
public abstract record AgentRanks
{
    private protected AgentRanks()
    {
    }

    /// <summary>The global adapter's rank.</summary>
    public abstract int Highest { get; }

    /// <summary>The rank that an agent is offered.</summary>
    /// <param name="labels">Its labels.</param>
    /// <param name="fits">The largest rank that fits into its memory; null: it has not said.</param>
    public abstract int Of(IReadOnlyDictionary<string, string> labels, int? fits);

    /// <summary>The rank to offer an agent that declined one for want of memory; null if there is none.</summary>
    /// <param name="declined">What it was offered.</param>
    /// <param name="proposed">What it says would fit; null: nothing, or it does not say.</param>
    public abstract int? After(int declined, int? proposed);

    /// <summary>What is wrong, a sentence each.</summary>
    internal abstract IEnumerable<string> Problems();
}
