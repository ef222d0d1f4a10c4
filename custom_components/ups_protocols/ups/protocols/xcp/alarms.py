"""The alarms of XCP: what each bit of the alarm map stands for, and what it means for the status.

Texts and types are those of XcpAlarmMap (2009-02-13). The table is data alone, one alarm a line:
its number, its type (A alarm, N notice, S status), its text.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ...model import Alarm, Severity, StatusFlag

_TABLE = """
0 A Inverter AC Over Voltage
1 A Inverter AC Under Voltage
2 A Inverter Under Or Over Frequency
3 A Bypass AC Over Voltage
4 A Bypass AC Under Voltage
5 A Bypass Under Or Over Frequency
6 A Input AC Over Voltage
7 A Input AC Under Voltage
8 A Input Under Or Over Frequency
9 A Output AC Over Voltage
10 A Output AC Under Voltage
11 A Output Under Or Over Frequency
12 A Remote Emergency Power Off
13 A Remote Go To Bypass
14 A Building Alarm 6
15 A Building Alarm 5
16 A Building Alarm 4
17 A Building Alarm 3
18 A Building Alarm 2
19 A Building Alarm 1
20 A Static Switch Over Temperature
21 A Charger Over Temperature
22 A Charger Tripped
23 A Charger Over Voltage Or Current
24 A Inverter Over Temperature
25 A Output Overload
26 A Rectifier Input Over Current
27 A Inverter Output Over Current
28 A DC Link Over Voltage
29 A DC Link Under Voltage
30 A Check Rectifier
31 A Check Inverter
32 A Check Battery Switchgear
33 A Check Bypass Switchgear
34 A Check Charger
35 A Ramp Up Failed
36 A Check Static Switch
37 A Analog Board A/D Reference Fail
38 A Bypass Uncalibrated
39 N Input Uncalibrated
40 N Output Uncalibrated
41 N Inverter Uncalibrated
42 N DC Voltage Uncalibrated
43 N Output Current Uncalibrated
44 N Rectifier Current Uncalibrated
45 N Battery Current Uncalibrated
46 A Inverter On/Off Stat Failure
47 A Battery Current Limit
48 A Inverter Startup Failure
49 A Check Analog Input Processor
50 A Output Load Over 100%
51 A Check Battery Ground
52 A Waiting For Charger Sync
53 A Non-Volatile Memory Failure
54 A Analog Processor Failure
55 A Shutdown Imminent
56 A Battery Voltage Low
57 A Utility Out Of Limits
58 A Output Short Circuit
59 A Utility Not Present
60 A Full Time Charging
61 A Fast Bypass Command
62 A A/D Error
63 A Internal Communication Failure
64 A Rectifier Failed Self-Test
65 A Rectifier EEPROM Failure
66 A Rectifier EPROM Failure
67 A Input Line Voltage Loss
68 A Battery Voltage High
69 A Power Supply Over Temperature
70 A Check Power Supply
71 A Check Logic Power Supply
72 A Check Secondary Power Supply
73 A Heatsink Over Temperature
74 A Check Heatsink Temperature Sensor
75 A Rectifier Current Over 125%
76 A Rectifier Tripped
77 A Check Rectifier Power Capacitors
78 A Program Stack Error
79 A Inverter Control Board Failed Self-Test
80 A Inverter A/D Converter Self-Test Failed
81 A RAM Device Self-Test Failure
82 A Nonvolatile Data Checksum Failure
83 A Program Checksum Failure
84 A Inverter CPU Self-Test Failed
85 A Network Not Responding
86 A Front Panel Self-Test Failure
87 A Invalid Module Configuration
88 A Alarm Test Failure
89 A Output DC Over Voltage
90 A Input Phase Rotation Error
91 A Inverter Ramp Up Test Failed
92 A Inverter Off Command
93 S Inverter On Command
94 A To Bypass Command
95 S From Bypass Command
96 S Normal Mode Command
97 A Emergency Shutdown Command
98 N Setup Switch Open
99 A Inverter AC Over Voltage (Interrupt)
100 A Inverter AC Under Voltage (Interrupt)
101 A Absolute DCOV/ACOV (Interrupt)
102 A Inverter L1 Current Limit
103 A Inverter L2 Current Limit
104 A Inverter L3 Current Limit
105 A Bypass Source Out Of Tolerance
106 A Rectifier Switchgear Open
107 A Battery Switchgear Open
108 A Inverter Switchgear Open
109 S Bypass Switchgear Open
110 A Inverter Tripped
111 A Inverter Over Temperature Trip
112 A DC/DC Converter Tripped
113 A Inverter Voltage Feedback Error
114 A DC Under Voltage Timeout
115 A AC Under Voltage Timeout
116 A DCUV While Charger Is Full On
117 A Inverter Voltage Bias Error
118 A Input Phase Rotation
119 A Bypass Phase Rotation
120 A Check System Interface Board
121 A Check Parallel Board
122 A Loss Of Load Sharing Phase L1
123 A Loss Of Load Sharing Phase L2
124 A Loss Of Load Sharing Phase L3
125 A DC Over Voltage Timeout
126 A Battery Totally Discharged
127 A Inverter Phase Bias Error
128 A Inverter Voltage Bias Error
129 S DC Link Bleed Complete
130 A Large Charger Input Current
131 A Inverter Voltage Too Low For Ramp Level
132 A System Not Redundant
133 A Loss Of Sync Bus
134 A Rectifier Switchgear Shunt Tripped
135 A Loss Of Charger Sync
136 A Inverter Low Level Test Timeout
137 A Output Switchgear Open
138 S Control Power Status
139 S Inverter Status
140 S Charger Status
141 S Bypass Status
142 A Bypass Power Loss
143 A Maintenance Bypass Mode
144 S Bypass Manual Turn Off
145 S Inverter Bleeding DC Link Voltage
146 A CPU ISR Error
147 N Firmware Restarted
148 S Parallel DC
149 A Check Battery
150 S Battery Charging
151 N Battery Not Charged
152 S Battery Time Calculation Disabled
153 S Series 7000 Enable
154 S Other UPS On
155 S Parallel Inverter
156 S UPS In Parallel
157 A Check Output Switchgear
158 S Control Power Off
159 A L1 Overload
160 A L2 Overload
161 A L3 Overload
162 A L1 Overload (High Level)
163 A L2 Overload (High Level)
164 A L3 Overload (High Level)
165 A L1 Overload (Extreme Level)
166 A L2 Overload (Extreme Level)
167 A L3 Overload (Extreme Level)
168 A UPS On Battery
169 A UPS On Bypass
170 A Load Dumped (Load Power Off)
171 S Load On Inverter
172 S Load Power On Command Received
173 S Load Off Command Received
174 A Low Battery Shutdown
175 S Auto On Enabled
176 A Software Incompatibility Detected
177 A Check Inverter Temperature Sensor
178 S DC Start Occurred
179 S In Parallel Operation
180 S Syncing To Bypass
181 S Ramping UPS Up
182 S Inverter On Delay
183 S Rectifier Starting
184 A Waiting For Utility Input
185 S Close Bypass Switchgear
186 A Emergency Transfer To Bypass
187 S Syncing To Output
188 A Check Bypass
189 A Load Off Command Executed
190 S Load Power On Command Executed
191 A Battery Test Failed
192 A Check Fuse
193 A Check Fan
194 A Site Wiring Fault
195 A Check Backfeed Switchgear
196 S On Buck/Voltage Reducer
197 S On Boost/Voltage Step Up
198 S On Double Boost/Voltage Step Up
199 A Batteries Disconnected
200 A UPS Cabinet OverTemperature
201 A Transformer OverTemperature
202 A Ambient UnderTemperature
203 A Ambient OverTemperature
204 A Cabinet Door Open
205 A Cabinet Door Open With Voltage Present
206 A Automatic Shutdown Pending
207 A Tap-Switching Relay Failure
208 A Unable To Charge Batteries
209 A Startup Failed - Check EPO Reset
210 A Automatic Startup Pending
211 A Check Modem
212 S Incoming Modem Call Started
213 S Outgoing Modem Call Started
214 S Modem Connection Established
215 S Modem Call Completed Successfully
216 A Modem Call Completion Failed
217 A Check Input Switchgear
218 S System Initialization In Progress
219 A Autocalibration Failed
220 A Selective Trip Of Module
221 A Inverter Output Failure
222 A Abnormal Output Voltage At Startup
223 A Rectifier OverTemperature
224 A Configuration Error
225 A Redundancy Loss Due To Overload
226 A On Alternate AC Source
227 S In High Efficiency Mode
228 N System Notice Active
229 A System Alarm Active
230 A Alternate Power Source Not Available
231 A Current Balance Failure
232 N Check Air Filter
233 N Subsystem Notice Active
234 A Subsystem Alarm Active
235 S Charger On Command
236 S Charger Off Command
237 S UPS Normal
238 A Inverter Phase Rotation
239 N UPS Module Off
240 A External Communication Failure
241 A Invalid Board ID
242 A Check Inverter Switchgear
243 A Output Watts Overload
244 A Check Precharge
245 S Rectifier Status
246 N Neutral Current Limit
247 A Close Battery Switchgear
248 A UPS On Generator
249 A Rectifier Over-Temperature Trip
250 A Check Rectifier Temperature Sensor
251 S Inverter Switchgear Status
252 S Rectifier Switchgear Status
253 S Bypass Switchgear Status
254 S Battery Switchgear Status
255 S Backfeed Switchgear Status
256 N Battery Test in Progress
257 N System Test in Progress
258 S Test Aborted
259 N Rectifier L1 Current Limit
260 N Rectifier L2 Current Limit
261 N Rectifier L3 Current Limit
262 A Not Enough UPMs Ready
263 N Modem Call Aborted
264 N Transformer OverTemperature Warning
265 A Output Line Voltage Loss
266 N Input L1 High THD
267 N Input L2 High THD
268 N Input L3 High THD
269 N Output L1 High THD
270 N Output L2 High THD
271 N Output L3 High THD
272 N Neutral Overload Warning
273 A Neutral Overload
274 N Ground Current Warning
275 A Ground Current Overload
276 N Input Voltage L1 THD Warning
277 N Input Voltage L2 THD Warning
278 N Input Voltage L3 THD Warning
279 N Input Current L1 THD Warning
280 N Input Current L2 THD Warning
281 N Input Current L3 THD Warning
282 N Output Voltage L1 THD Warning
283 N Output Voltage L2 THD Warning
284 N Output Voltage L3 THD Warning
285 N Output Current L1 THD Warning
286 N Output Current L2 THD Warning
287 N Output Current L3 THD Warning
288 A Panel L1 Voltage Phase Loss
289 A Panel L2 Voltage Phase Loss
290 A Panel L3 Voltage Phase Loss
291 A Panel L1 Under Voltage
292 A Panel L2 Under Voltage
293 A Panel L3 Under Voltage
294 A Panel L1 Over Voltage
295 A Panel L2 Over Voltage
296 A Panel L3 Over Voltage
297 A Panel Under Frequency
298 A Panel Over Frequency
299 N Branch Circuit Overload Warning
300 A Branch Circuit Overload
301 A Branch Circuit CT Disconnected
302 N Main Circuit Breaker Overload Warning
303 A Main Circuit Breaker Overload
304 N Primary Breaker Open
305 A Primary Breaker Tripped
306 N Secondary Breaker Open
307 A Secondary Breaker Tripped
308 A Neutral Fault
309 A Output Phase Rotation
310 A Maintenance Isolation Switch Failure
311 A Maintenance Bypass Breaker Failure
312 A Manual Bypass Switch On
313 A Panel 1 Breaker Open
314 A Panel 2 Breaker Open
315 A Panel 3 Breaker Open
316 A Panel 4 Breaker Open
317 A Panel 5 Breaker Open
318 A Panel 6 Breaker Open
319 A Panel 7 Breaker Open
320 A Panel 8 Breaker Open
321 A Multiple Inputs Tied Together
322 A Battery Over Temperature
323 A Inverter Overload
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One alarm of the map."""

    type: str
    """A alarm, N notice, S status: a status is no alarm and should not be shown as one."""
    text: str


def _read(table: str) -> dict[int, Row]:
    rows = (line.split(" ", 2) for line in table.strip().splitlines())
    return {int(number): Row(type_, text) for number, type_, text in rows}


ALARMS: Mapping[int, Row] = _read(_TABLE)

ON_BATTERY = 168
BATTERY_LOW = 56

_F = StatusFlag
# card 2.6; 189 says in old firmware only that the automatic restart is disabled, so OFF is
# taken from the status byte instead
FLAGS: Mapping[int, StatusFlag] = {
    ON_BATTERY: _F.ON_BATTERY,
    **dict.fromkeys((55, BATTERY_LOW, 126, 174, 206), _F.LOW_BATTERY),
    **dict.fromkeys((13, 61, 94, 143, 169, 186, 312), _F.BYPASS),
    **dict.fromkeys((25, 50, *range(159, 168), 243, 323), _F.OVERLOADED),
    **dict.fromkeys((149, 191, 199, 247), _F.REPLACE_BATTERY),
    196: _F.TRIMMING,
    **dict.fromkeys((197, 198), _F.BOOSTING),
    **dict.fromkeys((12, 97, 170), _F.OFF),
    150: _F.CHARGING,
    **dict.fromkeys((256, 257), _F.TESTING),
    227: _F.ECO,
}
"""The flag that an alarm, a notice or a status means while it is active."""

# action levels (5.4.1): who has to do something, and how soon
_LEVELS: Mapping[int, Severity] = {
    **dict.fromkeys((2, 3, 4, 6, 32, 33, 34, 35), Severity.INFORMATION),
    **dict.fromkeys((8, 10, 36, 37, 38, 39, 40, 41, 42, 44, 45), Severity.WARNING),
    **dict.fromkeys((12, 14, 16, 18, 20, 43, 46), Severity.CRITICAL),
}
# without levels: what is about to take the power from the load, or has taken it
_CRITICAL = frozenset({12, 55, 56, 97, 126, 170, 174, 205, 206})


def active(block: bytes, mapped: Iterable[int]) -> dict[int, int]:
    """Return the active alarms with their action levels (5.4.4).

    The block has a byte for each bit that is set in the map. Alarms for which it has none, and
    bytes for which the map has no bit, say nothing.
    """
    return {number: level for number, level in zip(mapped, block, strict=False) if level}


def alarm(number: int, level: int, *, has_levels: bool) -> Alarm | None:
    """Return an alarm as it is shown; None for what is only a status.

    Before XCP A a byte says no more than that the alarm is there.
    """
    row = ALARMS.get(number)
    if row is not None and row.type == "S":
        return None
    severity = _LEVELS.get(level) if has_levels else None
    if severity is None:
        severity = Severity.CRITICAL if number in _CRITICAL else Severity.WARNING
        if row is not None and row.type == "N":
            severity = Severity.INFORMATION
    return Alarm(row.text if row else f"Alarm {number}", str(number), severity)
