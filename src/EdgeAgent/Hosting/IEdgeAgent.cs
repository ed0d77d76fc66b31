namespace EdgeFlora.EdgeAgent.Hosting;

/// <summary>An agent within a product, as <c>AddEdgeAgent</c> adds it: what it does, for the product to show or to act on.</summary>
public interface IEdgeAgent
{
    /// <summary>Its name; empty before the host has started.</summary>
    string Name { get; }

    /// <summary>What it is doing now.</summary>
    AgentState State { get; }

    /// <summary>
    /// Ends with the agent: when the host stops, or, with the reason as its exception, when the agent cannot go on. A broker that is silent is no
    /// such reason: the agent tries again.
    /// </summary>
    Task Completion { get; }

    /// <summary>
    /// Raised when the agent turns to something else: another phase or round, or it has joined. One call at a time; what a handler throws is logged
    /// and goes no further.
    /// </summary>
    event EventHandler<AgentState>? StateChanged;
}
