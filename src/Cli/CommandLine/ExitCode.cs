namespace EdgeFlora.Cli.CommandLine;

/// <summary>What the process hands back to the shell.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>An unexpected failure; the message names the log.</summary>
    public const int Failed = 1;

    /// <summary>The user can mend it: an option, a file, the broker.</summary>
    public const int BadInput = 2;

    /// <summary>A run is over, and some or all of its rounds were skipped.</summary>
    public const int Incomplete = 3;

    /// <summary>Ended by Ctrl-C, as shells expect (128 + SIGINT).</summary>
    public const int Interrupted = 130;

    /// <summary>Ended by a service manager (128 + SIGTERM).</summary>
    public const int Terminated = 143;
}
