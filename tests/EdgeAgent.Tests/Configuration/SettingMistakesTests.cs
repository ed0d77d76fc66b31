namespace EdgeFlora.EdgeAgent.Tests.Configuration;

/// <summary>What is wrong is told, all of it, with its place and what would be right.</summary>
public sealed class SettingMistakesTests : IDisposable
{
    private readonly SettingsFixture settings = new();

    public void Dispose() => settings.Dispose();

    [Fact]
    public void Every_mistake_is_told_at_once_with_its_place_its_value_and_what_would_be_right()
    {
        settings.Environment["EDGEFLORA_AGENT__LIMITS__THREDS"] = "2";
        settings.Environment["EDGEFLORA_AGENT__TRAINER__GRACE"] = "1 year";
        settings.Give("role", "poet", "--role");

        string[] mistakes = settings.Mistakes("""
            name: Farm 3
            data:
              - file: nowhere.jsonl
                taks: lm
                heldOutFraction: 1
              - file: b.jsonl
            labels: {site: 'a b'}
            engine: gpu
            allow:
              hours: [22-6]
              onBattery: perhaps
            limits:
              threads: 0
              disk: 5
              memory: 5 MB
              up: 100 B
              speed: high
            broker: {url: 'amqp://farm:geheim@broker/', password: geheim}
            weights:
            models: model
            """);

        Assert.Equal(
        [
            "agent.yaml:19: weights has no value; write one, or leave the line out",
            "agent.yaml:1: name is 'Farm 3'; it must be 1 … 64 of the characters a-z, 0-9 and -",
            "agent.yaml:3: data[0].file is 'nowhere.jsonl', which does not exist; give a JSONL, CSV or TSV file with the columns text and label, "
                + "or for lm with texts",
            "agent.yaml:4: data[0].taks is no setting; the nearest is data[0].task",
            "agent.yaml:5: data[0].heldOutFraction is '1'; it must be a number, 0 … 0.9",
            "agent.yaml:7: labels.site is 'a b'; it must be 1 … 63 letters, digits, '.', '_' and '-'",
            "agent.yaml:8: engine is 'gpu'; it must be one of auto, portable, torch, command",
            "agent.yaml:10: allow.hours[0] is '22-6'; it must be like 22:00-06:00, or Sat,Sun 00:00-24:00, or Mon-Fri 18:00-08:00",
            "agent.yaml:11: allow.onBattery is 'perhaps'; it must be yes or no",
            "agent.yaml:13: limits.threads is '0'; it must be a whole number, 1 … 1024",
            "agent.yaml:14: limits.disk is '5'; it must be at least 1 MB, as a number with B, kB, MB, GB, TB, KiB, MiB, GiB or TiB",
            "agent.yaml:15: limits.memory is '5 MB'; it must be at least 64 MB, as a number with B, kB, MB, GB, TB, KiB, MiB, GiB or TiB",
            "agent.yaml:16: limits.up is '100 B'; it must be at least 1 kB, as a number with B, kB, MB, GB, TB, KiB, MiB, GiB or TiB",
            "agent.yaml:17: limits.speed is no setting; limits has threads, nice, memory, up, down, disk",
            "agent.yaml:18: broker.url holds a password, which a file of settings must not; name a file with broker.passwordFile, "
                + "or use the systemd credential broker-password or EDGEFLORA_AGENT__BROKER__PASSWORD",
            "agent.yaml:18: broker.password holds a password, which a file of settings must not; name a file with broker.passwordFile, "
                + "or use the systemd credential broker-password or EDGEFLORA_AGENT__BROKER__PASSWORD",
            "agent.yaml:20: models is 'model'; it must hold fetch, cache, names with values",
            "EDGEFLORA_AGENT__LIMITS__THREDS is no setting; the nearest is EDGEFLORA_AGENT__LIMITS__THREADS",
            "EDGEFLORA_AGENT__TRAINER__GRACE is '1 year'; it must be 0 s … 10 min, as a number with ms, s, min, h or d",
            "--role is 'poet'; it must be one of trainer, evaluator",
        ],
            mistakes[..20]);
        Assert.DoesNotContain(mistakes, mistake => mistake.Contains("geheim", StringComparison.Ordinal));
        Assert.Equal(
        [
            "agent.yaml: data[1].name is 'default', as another data set's; give each a name of its own",
            "EDGEFLORA_AGENT__TRAINER__GRACE is given, but engine is 'gpu'; it goes with engine: command",
        ],
            mistakes[20..]);
    }

    public static TheoryData<string, string> Together => new()
    {
        { "data: [{file: a.jsonl}]", "agent.yaml: name is missing; the agent's name, unique at its broker" },
        { "name: a", "agent.yaml: data is missing; a trainer needs a JSONL, CSV or TSV file to train on" },
        { "{name: a, data: [{heldOut: a.jsonl}]}", "agent.yaml: data[0].file is missing; a trainer needs a JSONL, CSV or TSV file to train on" },
        { "{name: a, role: evaluator, data: [{file: a.jsonl}]}", "agent.yaml: data[0].heldOut is missing; an evaluator needs a JSONL, "
            + "CSV or TSV file to measure on" },
        { "{name: a, data: [{file: a.jsonl, files: [b.jsonl]}]}", "agent.yaml:1: data[0].file is given beside data[0].files; write one of them" },
        { "{name: a, data: [{file: a.jsonl, name: x}, {file: b.jsonl, name: x}]}", "agent.yaml:1: data[1].name is 'x', as another data set's; "
            + "give each a name of its own" },
        { "{name: a, data: [{file: a.jsonl}], engine: command}", "agent.yaml:1: engine is 'command', "
            + "which needs trainer.command: a program and its arguments" },
        { "{name: a, data: [{file: a.jsonl}], trainer: {grace: 1 s}}", "agent.yaml:1: trainer.grace is given, but engine is 'auto'; "
            + "it goes with engine: command" },
        { "{name: a, data: [{file: a.jsonl}], broker: {url: 'http://broker'}}", "agent.yaml:1: broker.url begins with http://; "
            + "write amqp:// or amqps://" },
        { "{name: a, data: [{file: a.jsonl}], broker: {passwordFile: a.jsonl}}", "agent.yaml:1: broker.passwordFile is 'a.jsonl', "
            + "which cannot be used (its first line is empty); give a file whose first line is the password" },
        { "{name: a, data: [{file: a.jsonl}], allow: {localModelsOnly: yes}}", "agent.yaml:1: allow.localModelsOnly is 'yes', "
            + "but models names no folder; name those that may be trained on, or leave it out" },
        { "- name", "agent.yaml:1: a configuration consists of lines like name: value" },
        { "name: a\nname: b", "agent.yaml:2: this is no YAML: " },
        { "name: a\n  data: [", "agent.yaml:2: this is no YAML: " },
        { "name: a\n---\nname: b", "agent.yaml:3: a second document begins here; a configuration is one" },
    };

    [Theory]
    [MemberData(nameof(Together))]
    public void Settings_that_are_missing_or_do_not_go_together_are_told(string yaml, string said) =>
        Assert.StartsWith(said, settings.Mistakes(yaml)[0], StringComparison.Ordinal);

    [Fact]
    public void An_option_that_could_be_about_several_data_sets_is_refused()
    {
        settings.Give("data:0:file", settings.In("b.jsonl"), "--data");

        Assert.StartsWith(
            "--data is given beside 2 data sets of agent.yaml",
            settings.Mistakes("{name: a, data: [{file: a.jsonl}, {file: b.jsonl, name: b}]}")[0],
            StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_file_messages_name_options() =>
        Assert.Equal(
            ["--name is missing; the agent's name, unique at its broker", "--data is missing; a trainer needs a JSONL, CSV or TSV file to train on"],
            settings.Mistakes(null));
}
