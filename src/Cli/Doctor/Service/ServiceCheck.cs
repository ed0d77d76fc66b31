using EdgeFlora.Cli.Client;

namespace EdgeFlora.Cli.Doctor.Service;

/// <summary>A check that asks the API; what every request may run into is told here.</summary>
internal abstract class ServiceCheck(ServiceExamination service) : ICheck
{
    public abstract string Name { get; }

    public abstract string Deed { get; }

    public virtual IReadOnlyList<string> Needs => [TokenCheck.CheckName];

    public bool IsRemote => true;

    protected ServiceExamination Service => service;

    /// <summary>What must be well before a request has a chance.</summary>
    protected IReadOnlyList<string> Way => service.Url.Scheme == Uri.UriSchemeHttps ? [FingerprintCheck.CheckName] : [ReachCheck.CheckName];

    public async Task<Finding> RunAsync(CancellationToken stop)
    {
        try
        {
            return await AskAsync(stop);
        }
        catch (ServiceUnreachableException silent)
        {
            (string wrong, string? cure) = Sentence.Of(silent);
            return Finding.Unreachable(wrong, cure ?? "start the service: edgeflora coordinator");
        }
        catch (ServiceProblemException refused)
        {
            (string wrong, string? cure) = Sentence.Of(refused);
            return Finding.Failed(wrong, cure ?? "look into the service's log");
        }
    }

    protected abstract Task<Finding> AskAsync(CancellationToken stop);
}
