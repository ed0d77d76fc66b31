namespace EdgeFlora.Testing.Platforms;

/// <summary>A coordinator or an agent, wherever it runs.</summary>
internal interface IMember
{
    /// <summary>Starts it, or starts it again on the state it left.</summary>
    Task StartAsync(CancellationToken stop);

    /// <summary>Ends it as a power cut does.</summary>
    Task KillAsync(CancellationToken stop);

    Task PauseAsync(CancellationToken stop);

    Task ResumeAsync(CancellationToken stop);

    Task CutAsync(CancellationToken stop);

    Task HealAsync(CancellationToken stop);

    /// <summary>What it said so far, for people.</summary>
    Task<string> LogAsync();
}
