using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;

namespace EdgeFlora.Coordinator.Enrolment;

/// <summary>How devices become agents. Every method may be called by many at once.</summary>
public interface IEnrolmentService
{
    /// <summary>Tokens that still count.</summary>
    Task<IReadOnlyList<AgentTokenSummary>> ListTokensAsync(CancellationToken stop);

    /// <param name="by">Name of the operator token that asks.</param>
    /// <exception cref="ServiceRefusedException">A value is not allowed, or agents cannot be enrolled here.</exception>
    Task<CreatedAgentToken> CreateTokenAsync(NewAgentToken asked, string by, CancellationToken stop);

    /// <exception cref="ServiceRefusedException">There is no such token.</exception>
    Task RevokeTokenAsync(string id, CancellationToken stop);

    /// <summary>A token with which an enrolled agent gets another password, within 15 minutes.</summary>
    /// <exception cref="ServiceRefusedException">There is no such agent.</exception>
    Task<CreatedAgentToken> RotateAsync(string agent, string by, CancellationToken stop);

    /// <summary>Makes a device an agent, all of it or nothing.</summary>
    /// <param name="secret">Of an agent token; null: none was shown.</param>
    /// <exception cref="ServiceRefusedException">The token does not count, or the name is taken, or the broker did not make the user.</exception>
    Task<EnrolmentAnswer> EnrolAsync(string? secret, EnrolmentRequest request, CancellationToken stop);
}
