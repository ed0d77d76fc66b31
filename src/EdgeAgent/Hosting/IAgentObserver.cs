using EdgeFlora.EdgeAgent.Presence;

namespace EdgeFlora.EdgeAgent.Hosting;

/// <summary>Is told what an agent does, by <see cref="AgentSession"/>. Calls come from any thread, one at a time for each member.</summary>
internal interface IAgentObserver
{
    /// <summary>The terminal that it writes to; null: it has none.</summary>
    TerminalTail? Terminal => null;

    /// <summary>Something that its owner should know, in a line.</summary>
    void Said(string line);

    /// <summary>It has its connection and begins.</summary>
    /// <param name="engine">What trains, in a few words.</param>
    /// <param name="specialTokensAsText">Special tokens that are written in the data's texts and read as ordinary text.</param>
    void Began(string engine, int specialTokensAsText);

    /// <summary>It has turned to something else.</summary>
    void Changed(AgentState state);

    /// <summary>It waits for somebody, as the line says.</summary>
    void Waits(string line);
}
