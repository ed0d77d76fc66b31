namespace EdgeFlora.Cli.Doctor;

/// <summary>A check whose outcome is known already.</summary>
internal sealed class SettledCheck(string name, string deed, Finding finding) : ICheck
{
    public string Name => name;

    public string Deed => deed;

    public Task<Finding> RunAsync(CancellationToken stop) => Task.FromResult(finding);
}
