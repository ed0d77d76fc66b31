namespace EdgeFlora.Cli.Doctor;

/// <summary>A check that asks somebody over the network; what each question may run into is told in one place.</summary>
internal abstract class RemoteCheck : ICheck
{
    public abstract string Name { get; }

    public abstract string Deed { get; }

    public virtual IReadOnlyList<string> Needs => [];

    public bool IsRemote => true;

    public async Task<Finding> RunAsync(CancellationToken stop)
    {
        try
        {
            return await AskAsync(stop);
        }
        catch (Exception failure) when (Judge(failure) is not null)
        {
            (bool isUnreachable, string usual) = Judge(failure)!.Value;
            (string wrong, string? cure) = Sentence.Of(failure);
            return isUnreachable ? Finding.Unreachable(wrong, cure ?? usual) : Finding.Failed(wrong, cure ?? usual);
        }
    }

    protected abstract Task<Finding> AskAsync(CancellationToken stop);

    /// <summary>
    /// What a failure says of the other side: whether it cannot be reached, and what mends it where the failure does not say; null: nothing.
    /// </summary>
    protected abstract (bool IsUnreachable, string Mend)? Judge(Exception failure);
}
