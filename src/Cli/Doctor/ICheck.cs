namespace EdgeFlora.Cli.Doctor;

/// <summary>Looks at one thing. Changes nothing that lasts.</summary>
internal interface ICheck
{
    /// <summary>Stable: <c>broker.tls</c>.</summary>
    string Name { get; }

    /// <summary>What it does: <c>resolves broker.example</c>.</summary>
    string Deed { get; }

    /// <summary>Names of the checks without which this one makes no sense.</summary>
    IReadOnlyList<string> Needs => [];

    /// <summary>Longest it may take.</summary>
    TimeSpan Limit => TimeSpan.FromSeconds(15);

    /// <summary>Whether it waits for another machine: what is not reached may not have to be mended here.</summary>
    bool IsRemote => false;

    /// <exception cref="Exception">What failed in a way that the check does not tell from others: its message becomes the finding.</exception>
    Task<Finding> RunAsync(CancellationToken stop);
}
