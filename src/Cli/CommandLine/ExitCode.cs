namespace EdgeFlora.Cli.CommandLine;

/// <summary>What the process hands back to the shell.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>A run that failed or was cancelled, or an unexpected failure; the message says which, and names the log.</summary>
    public const int Failed = 1;

    /// <summary>The user can mend it: an option, a file, the disk, the broker.</summary>
    public const int BadInput = 2;

    /// <summary>A run is over, and some or all of its rounds were skipped.</summary>
    public const int Incomplete = 3;

    /// <summary>The service cannot be reached.</summary>
    public const int Unreachable = 4;

    /// <summary>Ended by Ctrl-C, as shells expect (128 + SIGINT).</summary>
    public const int Interrupted = 130;

    /// <summary>Ended by a service manager (128 + SIGTERM).</summary>
    public const int Terminated = 143;
}
