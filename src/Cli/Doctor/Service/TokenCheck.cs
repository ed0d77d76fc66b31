using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Doctor.Service;

/// <summary>Whether the operator token counts, and for what.</summary>
internal sealed class TokenCheck(ServiceExamination service) : ServiceCheck(service)
{
    public const string CheckName = "service.token";

    public override string Name => CheckName;

    public override string Deed => "asks whom the operator token makes us";

    public override IReadOnlyList<string> Needs => Way;

    protected override async Task<Finding> AskAsync(CancellationToken stop)
    {
        OperatorTokenSummary me = await Service.Client.GetAsync<OperatorTokenSummary>("/api/v1/me", stop);
        return me.Role == OperatorRole.Operate
            ? Finding.Ok($"{me.Name}, who may operate")
            : Finding.Warning($"{me.Name}, who may only look", "for commands: edgeflora tokens create NAME --role operate, run by somebody who may");
    }
}
