using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Protocol.Fleet;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EdgeFlora.Coordinator.Api.Endpoints;

/// <summary>The fleet.</summary>
internal static class AgentEndpoints
{
    public static void MapAgents(this IEndpointRouteBuilder api, IFleetService fleet)
    {
        api.MapGet("/agents", (string? selector, string? presence, string? standing, string? cursor, int? limit, CancellationToken stop) =>
            fleet.ListAsync(
                new AgentFilter
                {
                    Selector = Selector(selector),
                    Presence = RouteRules.Word<AgentPresence>("presence", presence),
                    Standing = RouteRules.Word<AgentStanding>("standing", standing),
                    Cursor = cursor,
                    Limit = RouteRules.Limit(limit, 100),
                },
                stop))
            .ForView().WithName("ListAgents").WithSummary("Agents by name.").WithTags("Agents").Produces<Page<AgentSummary>>();

        api.MapGet("/agents/{name}", (string name, CancellationToken stop) => fleet.FindAsync(name, stop))
            .ForView().MayMiss().WithName("GetAgent").WithSummary("All that is known of one agent.").WithTags("Agents");

        api.MapGet("/agent-versions", (CancellationToken stop) => fleet.VersionsAsync(stop))
            .ForView().WithName("ListAgentVersions").WithSummary("Agents by the version of their program, and what came of their tasks lately.")
            .WithTags("Agents");

        api.MapPatch("/agents/{name}/labels", async (string name, HttpContext http) =>
            {
                CommandRequest request = await CommandRequest.ReadAsync(http);
                return await fleet.LabelAsync(request.Context, name, Checked(request.Json<LabelChange>()), http.RequestAborted);
            })
            .ForOperate().MayMiss().WithName("LabelAgent").WithSummary("Sets and takes away labels.")
            .WithTags("Agents").Accepts<LabelChange>("application/json").Produces<AgentDetail>();

        Command(
            api,
            "drain",
            "DrainAgent",
            "Lets an agent finish what it has and gives it nothing new.",
            (name, request, stop) => fleet.DrainAsync(request.Context, name, RouteRules.Reason(request), stop));
        Command(
            api,
            "quarantine",
            "QuarantineAgent",
            "Gives an agent's tasks up and refuses what it sends.",
            (name, request, stop) => fleet.QuarantineAsync(request.Context, name, RouteRules.Reason(request), stop));
        Command(
            api,
            "release",
            "ReleaseAgent",
            "Ends drain and quarantine.",
            (name, request, stop) => fleet.ReleaseAsync(request.Context, name, stop));
        Command(
            api,
            "renew",
            "RenewAgent",
            "Has an enrolled agent change its password at the broker by itself: now if it is there, else when it comes.",
            (name, request, stop) => fleet.RenewAsync(request.Context, name, stop));
        Command(
            api,
            "revoke",
            "RevokeAgent",
            "Ends an agent's membership of the fleet.",
            (name, request, stop) => fleet.RevokeAsync(request.Context, name, RouteRules.Reason(request), stop));
    }

    private static void Command(
        IEndpointRouteBuilder api, string verb, string id, string summary, Func<string, CommandRequest, CancellationToken, Task<AgentDetail>> act) =>
        api.MapPost(
            $"/agents/{{name}}/{verb}",
            async (string name, HttpContext http) => await act(name, await CommandRequest.ReadAsync(http), http.RequestAborted))
            .ForOperate().MayMiss().WithName(id).WithSummary(summary)
            .WithTags("Agents").Accepts<CommandReason>(isOptional: true, "application/json").Produces<AgentDetail>();

    private static LabelSelector Selector(string? text)
    {
        try
        {
            return LabelSelector.Parse(text ?? "");
        }
        catch (FormatException wrong)
        {
            throw new ServiceRefusedException(ProblemCode.InvalidInput, $"selector: {wrong.Message}");
        }
    }

    private static LabelChange Checked(LabelChange change)
    {
        string[] wrong = [.. change.Set.Keys.Concat(change.Set.Values).Concat(change.Remove).Where(word => !LabelSelector.IsWord(word)).Take(5)];
        return wrong.Length == 0
            ? change
            : throw new ServiceRefusedException(
                ProblemCode.InvalidInput,
                $"labels must be of 1 … 63 letters, digits, '.', '_' and '-', which these are not: "
                + $"{string.Join(", ", wrong.Select(word => $"'{word}'"))}");
    }
}
