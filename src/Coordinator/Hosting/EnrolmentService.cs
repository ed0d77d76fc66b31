using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Enrolment;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Enrolment for devices and operators.</summary>
internal sealed class EnrolmentService(Task<Serving> serving) : IEnrolmentService
{
    public async Task<IReadOnlyList<AgentTokenSummary>> ListTokensAsync(CancellationToken stop) => (await PartsAsync(stop)).Tokens.List();

    public async Task<CreatedAgentToken> CreateTokenAsync(NewAgentToken asked, string by, CancellationToken stop) =>
        (await PartsAsync(stop)).CreateToken(asked, by);

    public async Task RevokeTokenAsync(string id, CancellationToken stop) => (await PartsAsync(stop)).Tokens.Revoke(id);

    public async Task<CreatedAgentToken> RotateAsync(string agent, string by, CancellationToken stop) => (await PartsAsync(stop)).Rotate(agent, by);

    public async Task<EnrolmentAnswer> EnrolAsync(string? secret, EnrolmentRequest request, CancellationToken stop) =>
        await (await PartsAsync(stop)).EnrolAsync(secret, request, stop);

    private async Task<AgentEnrolment> PartsAsync(CancellationToken stop) => (await serving.WaitAsync(stop)).Enrolment;
}
