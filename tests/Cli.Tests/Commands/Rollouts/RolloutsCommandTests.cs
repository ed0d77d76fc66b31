using System.Text.Json.Nodes;
using EdgeFlora.Cli.Tests.Client;

namespace EdgeFlora.Cli.Tests.Commands.Rollouts;

[Collection(ServiceGroup.Name)]
public sealed class RolloutsCommandTests(ServiceFixture service)
{
    private static readonly string[] As = ["--context", "olga"];

    [Fact]
    public async Task A_rollout_is_begun_listed_and_ended()
    {
        string id = await service.SubmitAsync();
        Assert.StartsWith("no rollouts; begin one: ", await service.OkAsync(["rollouts", "ls", id, .. As]), StringComparison.Ordinal);

        string begun = await service.OkAsync(
            ["rollouts", "create", id, "--set", "training.steps=7", "--set", "training.batch=4", "--rounds", "4", .. As]);
        Assert.Equal(
            [
                "1  training.steps=7, training.batch=4: under way, since 1970-01-01 00:00:00Z by olga",
                "   first pump-1, from round 3 on; measured 1 of 4 rounds",
                "   WITH IT  TASKS  FAILED  REFUSED  LOSS AFTER / BEFORE",
                "   first    1      0       0        0.900",
                "   others   4      1       0        0.950",
            ],
            begun.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(begun, await service.OkAsync(["rollouts", "ls", id, .. As]));

        string ended = await service.OkAsync(["rollouts", "withdraw", id, "--reason", "not today", .. As]);
        Assert.StartsWith("1  training.steps=7, training.batch=4: withdrawn: by olga: not today\n", ended, StringComparison.Ordinal);
        (int code, _, string error) = await CommandRunner.RunAsync(["rollouts", "finish", id, .. As]);
        Assert.Equal(2, code);
        Assert.Contains("is under way", error, StringComparison.Ordinal);
        JsonNode json = JsonNode.Parse(await service.OkAsync(["rollouts", "ls", id, "--json", .. As]))!;
        Assert.Equal(("Withdrawn", 0.05), ((string?)json[0]!["state"], (double)json[0]!["margin"]!));
    }
}
