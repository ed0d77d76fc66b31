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
        : base(Sentence(problem)) => Code = problem.Code;

    public ProblemCode Code { get; } = ProblemCode.Internal;

    /// <summary>What is wrong and what to do about it, in one sentence.</summary>
    /// <param name="otherwise">What is wrong, where the service does not say.</param>
    public static string Sentence(ApiProblem problem, string otherwise = "the service refuses this and does not say why")
    {
        string wrong = problem.Detail ?? otherwise;
        return problem.Fix is { } fix ? $"{wrong.TrimEnd('.')}; {fix}" : wrong;
    }
}
