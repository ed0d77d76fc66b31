using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Client;

/// <summary>The service refused a request; the message says why and what to do.</summary>
internal sealed class ServiceProblemException : Exception
{
    public ServiceProblemException()
    {
    }

    public ServiceProblemException(string message)
        : base(message)
    {
    }

    public ServiceProblemException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public ServiceProblemException(ApiProblem problem)
        : base(problem.Fix is { } fix ? $"{problem.Detail}; {fix}" : problem.Detail) => Code = problem.Code;

    public ProblemCode Code { get; } = ProblemCode.Internal;
}
