namespace EdgeFlora.Transport.Blobs;

/// <summary>How many transfers an exchange has under way.</summary>
public sealed record TransferLimits
{
    /// <summary>Bodies that one agent may hand over at a time; a further one takes the place of the one that was silent longest. Default 4.</summary>
    public int PerAgent { get; init; } = 4;

    /// <summary>Bodies that all agents may hand over at a time; further ones are refused for now. Default 4096.</summary>
    public int InAll { get; init; } = 4096;

    /// <summary>Silence after which the place of a body is given back; what came of it stays for when it goes on. Default 10 min.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Questions for chunks of one agent that may wait while another of its is answered; further ones are dropped, and asked again. Default 4.
    /// </summary>
    public int WaitingPerAgent { get; init; } = 4;

    /// <summary>Questions answered at a time, one for each agent; each holds one chunk in memory. Default 16.</summary>
    public int AnsweredInAll { get; init; } = 16;
}
