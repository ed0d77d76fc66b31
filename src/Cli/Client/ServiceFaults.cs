using System.Security.Authentication;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Client;

/// <summary>Says in the words of whoever asked why a service did not do what it was asked, and what would help.</summary>
/// <param name="enrols">Whether a device asks that becomes an agent, rather than an operator.</param>
internal sealed class ServiceFaults(ServiceContext context, bool enrols)
{
    /// <summary>It answered with a problem.</summary>
    public Exception Of(ApiProblem problem) => problem switch
    {
        { Errors.Count: > 0 } => new SpecException(problem.Errors),
        { Code: ProblemCode.Unauthorized } when !enrols => new ServiceProblemException(problem with
        {
            Detail = $"{context.Url} does not accept {(context.Token is null ? "requests without an operator token" : "this operator token")}",
            Fix = $"add one: edgeflora context add NAME {context.Url} --token-file FILE",
        }),
        { Code: ProblemCode.Unavailable } => new ServiceUnreachableException(
            ServiceProblemException.Sentence(problem, $"{context.Url} is not ready")),
        _ => new ServiceProblemException(problem),
    };

    /// <summary>It did not answer, or somebody else did.</summary>
    public ServiceUnreachableException Of(Exception failure) => new(Sentence(failure), failure);

    private string Sentence(Exception failure) => failure switch
    {
        { InnerException: AuthenticationException } when context.Fingerprint is not null =>
            $"{context.Url} shows another certificate than the one that was pinned; "
                + $"{(enrols ? "ask an operator for the fingerprint" : "if the service was set up anew, add its context again")}, "
                + $"else somebody may be in between",
        { InnerException: AuthenticationException } =>
            $"{context.Url} shows a certificate that this machine does not trust; pin it with the fingerprint that the service prints: "
                + $"{(enrols ? "--fingerprint sha256:…" : $"edgeflora context add NAME {context.Url} --fingerprint sha256:…")}",
        OperationCanceledException => $"{context.Url} stopped answering",
        _ when enrols => $"{context.Url} cannot be reached: {failure.Message}; is the service running, and the URL right?",
        _ => $"{context.Url} cannot be reached: {failure.Message}; is the service running (edgeflora coordinator), "
            + $"and the context right (edgeflora context ls)?",
    };
}
