using System.Text;

namespace EdgeFlora.Cli.Tests.Report;

public sealed class DemoResultTests
{
    /// <summary>The names that scripts rely on; a change here breaks them.</summary>
    [Fact]
    public void The_json_form_keeps_its_names_and_order()
    {
        string json = Encoding.UTF8.GetString(Given.Result().ToJson());

        Assert.Equal(
            """
            {
              "seed": 7,
              "strategy": "FloraNA",
              "agents": 3,
              "rounds": [
                {
                  "round": 1,
                  "offered": 3,
                  "accepted": 2,
                  "dropped": 1,
                  "late": 0,
                  "rejected": [],
                  "divergence": {
                    "used": 0.11,
                    "fedIt": 0.7,
                    "bound": 0.09
                  },
                  "globalAccuracy": 0.45,
                  "localAccuracyMean": 0.55,
                  "bytesUp": 100000,
                  "bytesDown": 150000,
                  "seconds": 1.9
                },
                {
                  "round": 2,
                  "offered": 2,
                  "accepted": 1,
                  "dropped": 0,
                  "late": 0,
                  "rejected": [
                    {
                      "agent": "c",
                      "reason": "norm 812 is over 10 × the median 0.9"
                    }
                  ],
                  "divergence": {
                    "used": 0,
                    "fedIt": 0,
                    "bound": 0
                  },
                  "globalAccuracy": 0.62,
                  "localAccuracyMean": 0.7,
                  "bytesUp": 51000,
                  "bytesDown": 100000,
                  "seconds": 1.5
                }
              ],
              "baseAccuracy": 0.08,
              "localOnlyAccuracyMean": 0.35,
              "finalGlobalAccuracy": 0.62,
              "centralisedAccuracy": 0.66,
              "merges": {
                "steps": 60,
                "testTexts": 500,
                "rows": [
                  {
                    "merge": "FedIT",
                    "divergence": 0.5,
                    "accuracy": 0.25,
                    "aheadOfFedIt": 0,
                    "margin": 0
                  },
                  {
                    "merge": "FloraNA",
                    "divergence": 0.25,
                    "accuracy": 0.375,
                    "aheadOfFedIt": 0.125,
                    "margin": 0.05
                  },
                  {
                    "merge": "exact",
                    "divergence": 0,
                    "accuracy": 0.28,
                    "aheadOfFedIt": 0.03,
                    "margin": 0.05
                  }
                ]
              },
              "bytes": {
                "up": 151000,
                "fp32Factors": 600000,
                "fullModel": 24000000
              },
              "seconds": {
                "federated": 4.4,
                "total": 9.1
              },
              "faults": [
                {
                  "fault": "AgentKilled",
                  "round": 1,
                  "agent": "b",
                  "outcome": "dropped, and back in round 2",
                  "survived": true
                }
              ],
              "adapter": "demo-run/adapter",
              "adapterSha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            }

            """,
            json);
    }
}
