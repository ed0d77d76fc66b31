using EdgeFlora.Cli.Client;

namespace EdgeFlora.Cli.Doctor.Service;

/// <summary>A check that asks the API.</summary>
internal abstract class ServiceCheck(ServiceExamination service) : RemoteCheck
{
    public override IReadOnlyList<string> Needs => [TokenCheck.CheckName];

    protected ServiceExamination Service => service;

    /// <summary>What must be well before a request has a chance.</summary>
    protected IReadOnlyList<string> Way => service.Url.Scheme == Uri.UriSchemeHttps ? [FingerprintCheck.CheckName] : [ReachCheck.CheckName];

    protected override (bool IsUnreachable, string Mend)? Judge(Exception failure) => failure switch
    {
        ServiceUnreachableException => (true, "start the service: edgeflora coordinator"),
        ServiceProblemException => (false, "look into the service's log"),
        _ => null,
    };
}
