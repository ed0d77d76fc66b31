using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Commands.Coordinator;
using EdgeFlora.Cli.Commands.Run;
using EdgeFlora.Coordinator.Specs;

namespace EdgeFlora.Cli.Tests.Commands.Run;

public sealed class RunCommandTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("edgeflora-run-").FullName;

    [Fact]
    public void A_spec_becomes_the_one_run_of_a_process()
    {
        CoordinatorSettings settings = Parse(
            "name: areas\nlabels: [a, b]\nagents: {min: 3, waitFor: 2h}\nlora: {targets: [query]}", "--set", "rounds.count=4", "--state", root);

        Assert.Equal(
            ("areas", 4, 3, TimeSpan.FromHours(2)),
            (settings.Run.Name, settings.Run.Rounds.Count, settings.Run.Rounds.MinAgents, settings.Run.Rounds.StartTimeout));
        Assert.Equal((ModelOption.EmbeddedFolder, "run-output"), (settings.Run.BaseModelFolder, settings.Run.OutputFolder));
        Assert.Equal(
            ((double?)null, (double?)null, 1.5),
            (settings.Run.Training.LearningRate, settings.Run.Training.LogitAdjustment, settings.Run.Aggregation.ServerRate));
        settings.Run.Validate();
    }

    [Fact]
    public void Agents_data_start_and_priority_are_those_of_the_spec()
    {
        RunSpec spec = Parse("labels: [a, b]\nagents: {selector: gpu=yes}\ndata: reviews\npriority: 5\nstartFrom: {adapter: first}").Spec!;

        Assert.Equal(("gpu=yes", "reviews", 5, "first"), (spec.Selector.Text, spec.DataSet, spec.Priority, spec.StartFrom?.Adapter));
        Assert.Null(spec.WaitFor);
    }

    [Theory]
    [InlineData(
        "labels: [a, b]\nstartFrom: {run: 019b0000-0000-7000-8000-000000000001}",
        "startFrom.run is 019b0000-0000-7000-8000-000000000001, a run of a service, and edgeflora run knows none: submit the spec to that service "
            + "(edgeflora runs submit), or name startFrom.adapter")]
    [InlineData(
        "labels: [a, b]\nmodel: no-such",
        "model is 'no-such', which this service does not have; it has edgeflora-doc-bert, or name a folder with config.json and model.safetensors")]
    public void What_cannot_be_heeded_is_refused(string spec, string sentence) => Assert.Equal(
        [sentence],
        Assert.Throws<SpecException>(() => Parse(spec)).Lines);

    [Fact]
    public void Layers_that_the_model_lacks_are_refused_with_those_it_has()
    {
        string line = Assert.Single(Assert.Throws<SpecException>(() => Parse("labels: [a, b]\nlora: {targets: [qurey]}")).Lines);

        Assert.StartsWith("lora.targets is [qurey]: ", line, StringComparison.Ordinal);
        Assert.Contains("query", line, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private CoordinatorSettings Parse(string spec, params string[] arguments)
    {
        string file = Path.Combine(root, "spec.yaml");
        File.WriteAllText(file, spec);
        var command = new RunCommand();
        return command.Settings(command.Parse([file, .. arguments]));
    }
}
