using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Enrolment;

namespace EdgeFlora.Coordinator.Tests.Api.Fakes;

/// <summary>Knows one agent, <c>a</c>, and tokens by secrets that count up.</summary>
internal sealed class FakeEnrolmentService : IEnrolmentService
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly Dictionary<string, CreatedAgentToken> tokens = [];

    public Task<IReadOnlyList<AgentTokenSummary>> ListTokensAsync(CancellationToken stop) =>
        Task.FromResult<IReadOnlyList<AgentTokenSummary>>([.. tokens.Values.Select(token => token.Token)]);

    public Task<CreatedAgentToken> CreateTokenAsync(NewAgentToken asked, string by, CancellationToken stop)
    {
        string secret = FormattableString.Invariant($"efa_{tokens.Count + 1}");
        var summary = new AgentTokenSummary(
            FormattableString.Invariant($"t{tokens.Count + 1}"),
            Now,
            Now.AddSeconds(asked.LifetimeSeconds),
            asked.Uses,
            asked.Labels,
            asked.Agent,
            by);
        return Task.FromResult(tokens[secret] = new CreatedAgentToken(summary, secret));
    }

    public Task RevokeTokenAsync(string id, CancellationToken stop) => tokens.FirstOrDefault(token => token.Value.Token.Id == id) is { Key: { } secret } && tokens.Remove(secret)
        ? Task.CompletedTask
        : throw new ServiceRefusedException(
            ProblemCode.NotFound, $"there is no agent token '{id}' that still counts", "list them: edgeflora tokens ls --agent");

    public Task<CreatedAgentToken> RotateAsync(string agent, string by, CancellationToken stop) => agent == "a"
        ? CreateTokenAsync(new NewAgentToken { Agent = agent }, by, stop)
        : throw new ServiceRefusedException(
            ProblemCode.NotFound, $"no enrolled agent is named '{agent}'", "enrol it: edgeflora tokens create --agent");

    public Task<EnrolmentAnswer> EnrolAsync(string? secret, EnrolmentRequest request, CancellationToken stop) => secret is not null && tokens.Remove(secret, out CreatedAgentToken? token)
        ? Task.FromResult(
            new EnrolmentAnswer { Agent = request.Agent, Broker = $"amqps://edgeflora-agent-{request.Agent}@broker.example/", Labels = token.Token.Labels, Commands = [] })
        : throw new ServiceRefusedException(
            ProblemCode.Unauthorized, "this agent token does not count: it is wrong, used up or expired", "ask an operator for another");
}
