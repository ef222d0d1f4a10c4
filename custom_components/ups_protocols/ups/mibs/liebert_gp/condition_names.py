"""What the conditions are called that have no meaning of their own: number and name.

Made out of the names in LIEBERT_GP_COND.MIB and LIEBERT_GP_FLEXIBLE_COND.MIB; those of cooling
units are left out.
"""

OLDER = """\
1 High temperature
2 Low temperature
12 Manual override
18 Low water flow
19 Lost power
20 General fault
21 Local alarm
21.1 Local alarm 1
21.2 Local alarm 2
21.3 Local alarm 3
21.4 Local alarm 4
21.5 Local alarm 5
21.6 Local alarm 6
21.7 Local alarm 7
21.8 Local alarm 8
22 Standby unit on
24 High water in pan
25 Faulty sensor
28 System control battery low
29 Ground system fault
30 Ground failure
31 Security breach
32 Emergency shutdown
33 On bypass
33.1 Load on bypass
33.2 Load on maintenance bypass
33.3 Parallel system load on bypass
33.4 Load on bypass by impact
33.5 Load transferred to bypass
33.6 Emergency transfer to bypass
34 Output to load voltage THD
35 Logic failure
37 Power supply failure
38 Over voltage
38.1 Source 1 over voltage
38.2 Source 2 over voltage
38.3 Output to load over voltage
38.4 Input over voltage
38.5 Bypass over voltage
38.6 Bypass over voltage failure
38.7 Battery over voltage
38.8 DC bus over voltage
38.8.1 DC bus 1 over voltage
38.8.2 DC bus 2 over voltage
38.8.3 DC bus 1 over voltage failure
38.8.4 DC bus 2 over voltage failure
39 Under voltage
39.1 Source 1 under voltage
39.2 Source 2 under voltage
39.3 Output to load under voltage
39.4 Source 1 under voltage RMS
39.5 Source 2 under voltage RMS
39.6 Input under voltage
39.7 Bypass under voltage
39.8 Bypass under voltage failure
39.9 Battery under voltage
39.10 DC bus under voltage
39.10.1 DC bus 1 under voltage
39.10.2 DC bus 2 under voltage
39.10.3 DC bus 1 under voltage failure
39.10.4 DC bus 2 under voltage failure
40 Overload
40.1 Source 1 overload
40.2 System overload
40.3 Source 1 peak current over load
40.4 Source 2 peak current over load
40.5 Output to load over limit
40.6 Output to load overload
40.7 Parallel system overload
40.8 Bypass current overload
40.8.1 Bypass current overload phase A
40.8.2 Bypass current overload phase B
40.8.3 Bypass current overload phase C
41 SCR short
41.1 Source 1 SCR short
41.2 Source 2 SCR short
41.3 Bypass SCR short
41.4 Inverter static switch SCR short
41.5 Source 1 neutral SCR short
41.6 Source 2 neutral SCR short
42 SCR open
42.1 Source 1 SCR open
42.2 Source 2 SCR open
42.3 Bypass SCR open
42.4 Source 1 neutral SCR open
42.5 Source 2 neutral SCR open
43 Fan failure
43.2 Redundant fan failure
43.3 Multiple fan failure
44 Transfer inhibited
45 Auto re transfer primed
46 Sources out of sync
47 Source failure
47.1 Source 1 failure
47.2 Source 2 failure
48 Auto re transfer inhibited
49 Auto re transfer failed
50 Fuse open
50.1 Control fuse 1 open
50.2 Control fuse 2 open
50.3 Rectifier fuse open
50.4 Inverter fuse open
50.5 Output to load fuse open
50.6 DC capacitor fuse open
51 Disconnect
51.1 Source 1 disconnect open
51.2 Source 2 disconnect open
51.3 Source 1 PDU disconnect open
51.4 Source 2 PDU disconnect open
51.5 Output to load disconnect 1 open
51.6 Output to load disconnect 2 open
51.7 Source 1 bypass disconnect closed
51.8 Source 2 bypass disconnect closed
51.9 Output to load neutral disconnect open
51.10 Battery disconnect open
51.10.1 Battery disconnect open cabinet 01
51.10.2 Battery disconnect open cabinet 02
51.10.3 Battery disconnect open cabinet 03
51.10.4 Battery disconnect open cabinet 04
51.10.5 Battery disconnect open cabinet 05
51.10.6 Battery disconnect open cabinet 06
51.10.7 Battery disconnect open cabinet 07
51.10.8 Battery disconnect open cabinet 08
51.11 Input disconnect open
51.12 Output to load disconnect open
51.13 Bypass disconnect open
51.14 Static switch disconnect open
51.15 Breaker open failure
51.16 Breaker close failure
52 Frequency deviation
52.1 Source 1 frequency deviation
52.2 Source 2 frequency deviation
52.3 Input frequency deviation
52.4 Output to load frequency deviation
52.5 Bypass frequency deviation
53 Over current
53.1 Source 1 over current
53.2 Source 2 over current
53.3 Output to load over current
53.3.1 Output to load over current phase A
53.3.2 Output to load over current phase B
53.3.3 Output to load over current phase C
53.4 Ground over current
53.5 Rectifier over current
53.6 Inverter over current
53.6.1 Inverter over current phase A
53.6.2 Inverter over current phase B
53.6.3 Inverter over current phase C
53.7 Battery converter over current
53.8 Battery balancer over current
53.10 Input over current
53.11 Source 1 neutral over current
53.12 Source 2 neutral over current
55 Internal communication failure
56 External communication failure
57 Source gate drive failure
57.1 Source 1 gate drive failure
57.2 Source 2 gate drive failure
58 Disconnect failure
58.1 Output to load neutral disconnect failure
58.2 Source 1 disconnect shunt trip failure
58.3 Source 2 disconnect shunt trip failure
58.4 Inverter disconnect failure
58.5 Battery disconnect failure
58.6 Rectifier disconnect failure
59 Over temperature
59.1 Heat sink 1 over temperature
59.2 Ambient 1 over temperature
59.3 System over temperature
59.4 Transformer over temperature
59.5 Battery over temperature
59.6 Rectifier over temperature
59.7 Inverter over temperature
59.8 Rectifier inductor over temperature
59.9 Inverter inductor over temperature
59.10 Battery converter over temperature
59.11 Battery balancer inductor over temperature
59.15 System over temperature warning
59.16 High temperature battery string
60 Load on alternate source
61 Phase rotation error
61.1 Source 1 phase rotation error
61.2 Source 2 phase rotation error
61.3 Bypass phase rotation error
61.4 Input phase rotation error
62 Control module failure
62.1 Control module 1 failure
63 History log full
64 Configuration modified
65 Password modified
66 Time modified
67 Date modified
68 Event log cleared
69 History log cleared
70 Utility failure
71 Battery test in progress
72 Load on battery
74 Replace battery
75 UPS shutdown pending
76 Battery charger failed
77 Bypass voltage unqualified
79 Brown out
80 Multiple transfer lockout
81 Bypass phase lost
82 Maintenance bypass inhibited
83 Load locked on bypass
84 Output to load short
85 Emergency transfer to inverter
86 Emergency power off
87 Inverter back feed
88 DC ground fault
88.1 DC ground fault pos
88.2 DC ground fault neg
89 Static transfer switch inhibited
90 Battery log full warning
91 Input current unbalanced
92 Self test failed
93 Inverter out of synchronization
94 Module alarm
95 Active module alarm
96 Control failure
96.1 Main control failure
96.2 Redundant control failure
96.3 Parallel system control failure
96.4 Main control communication failure
96.5 Control board failure
97 Control warning
97.1 Main control warning
97.2 Redundant control warning
98 User interface failure
99 Lost power redundancy
100 Power module failure
101 Battery module failure
102 Output to load off
103 System off
104 Rectifier startup failure
105 Rectifier fault
106 Inverter shutdown low DC
107 Inverter fault
108 Inverter DC offset overrun
109 Parallel system low battery warning
110 Parallel system load share fault
111 Battery fault
112 Battery converter failure
113 Battery balancer fault
114 Parallel system UPS operation fault
115 Output to load on joint mode
116 Input neutral lost
117 Low battery warning
118 Internal fault
119 Battery test failed
120 Power module warning
121 Battery module warning
122 Control module warning
123 UPS operation fault
124 Active alarm
125 Rectifier communication failure
126 Inverter communication failure
127 Parallel system connection fault
128 Parallel system communication failure
129 Lost battery redundancy
134 Run hours exceeded
134.1 Unit run hrs exceeded
134.2 Comp 1 run hrs exceeded
134.3 Comp 2 run hrs exceeded
135 Communication warning
136 Unit on
137 Unit off
138 Sleep mode off
139 Power on
140 System on standby
141 Power off
142 High temperature group
142.2 High temperature digital scroll 1
142.3 High temperature digital scroll 2
142.4 High temperature user 1
142.5 High temperature internal
143 Low temperature group
143.2 Low temperature internal
146 Peer network no master
147 No on off permissions
148 Peer network failure
149 Unit disabled
150 Unit shutdown
151 Peer network discovered
152 Loss of water flow
154 General alarm
155 Product specific
159 Call service
160 Low memory group
160.1 Low memory 1
161 Memory failure group
161.1 Memory 1 failure
161.2 Memory 2 failure
162 Unit code error group
162.1 Unit code not configured
164 HCB disconnected
165 BMS reset timer expired
166 Agent firmware corrupt
175 System access group
175.1 Front access open
175.2 Rear access open
177 Remote shutdown
182 Under current
182.2 Input under current
183 Heat rejector group
183.1 Heat rejector fan failure
183.2 Heat rejector voltage suppression failure
186 No load detected warning
187 Firmware group
187.3 Firmware update required
188 Test group
188.5 Test 01
190 Receptacle branch group
190.5 Receptacle branch failure
190.10 Receptacle branch breaker open
192 Input unqualified
193 Bypass unavailable
194 Auto transfer failed
195 SBS unavailable
196 SBS overload
197 Excess pulse parallel
198 Remote bypass switch off external
199 Man transfer inhibited
200 Man re transfer inhibited
201 Battery charge error
202 Battery auto test inhibited
203 Battery charge reduced external
204 Battery capacity low
205 Battery temperature imbalance
206 Battery equalize
207 Battery charge inhibited external
208 Service external battery monitor group
208.1 Service external battery monitor 1
208.2 Service external battery monitor 2
209 Battery ground fault
210 Battery low shutdown
211 Emergency power off local
212 Output low PF lagging
213 Output low PF leading
214 Output to load fault
215 Inverter restart inhibited external
216 Inverter shutdown overload
217 Inverter off external
218 Input contact group
218.1 Input contact 01
218.2 Input contact 02
218.3 Input contact 03
218.4 Input contact 04
218.5 Input contact 05
218.6 Input contact 06
218.7 Input contact 07
218.8 Input contact 08
218.9 Input contact 09
218.10 Input contact 10
218.11 Input contact 11
218.12 Input contact 12
218.13 Input contact 13
218.14 Input contact 14
218.15 Input contact 15
218.16 Input contact 16
219 Rectifier operation inhibited
220 Bypass back feed breaker open
221 Auto restart in progress
222 Auto restart inhibited external
223 Auto restart failed
224 Input on generator
226 Service code active
227 Load bus sync active
228 Load bus sync inhibited
229 Controls reset required
231 Input current imbalance
235 Maintenance group
235.1 Maintenance due
235.2 Maintenance complete
236 External event signal group
236.2 External flow loss
236.4 External over temperature
236.5 External comp lockout
237 Component shutdown group
237.1 Component shutdown partial
237.2 Component shutdown high power
241 Neutral snubber board communication failure
242 Redundant charger failure
243 Board input contactor power failure
243.1 Board 1 input contactor power failure
243.2 Board 2 input contactor power failure
5423 Too many sensors
5471 Door switch open
5479 Contact closure open
5480 Contact closure closed
6119 Sensors not displayed
"""
"""By what follows E.476.1.42.3.2.1."""

NEWER = """\
4122 System input power problem
4132 Bypass overload phase A
4133 Bypass overload phase B
4134 Bypass overload phase C
4135 Bypass not available
4137 Bypass auto retransfer primed
4138 Bypass auto retransfer failed
4139 Bypass excess auto retransfers
4140 Bypass restart inhibit external
4141 Bypass breaker closed
4142 Bypass static switch overload
4143 Bypass static switch unavailable
4144 Bypass excessive pulse parallel
4145 Bypass auto transfer failed
4146 System input phase rotation error
4147 System input current limit
4162 Battery low
4163 Output off end of discharge
4164 Battery charging error
4165 Battery charging reduced external
4166 Battery capacity low
4167 Output off
4168 Battery discharging
4169 Battery temperature imbalance
4170 Battery equalize
4171 Battery manual test in progress
4172 Battery auto test in progress
4173 Main battery disconnect open
4175 Bypass frequency error
4177 Battery breaker 1 open failure
4178 Battery breaker 1 close failure
4180 Battery breaker 2 open failure
4181 Battery breaker 2 close failure
4183 Battery breaker 3 open failure
4184 Battery breaker 3 close failure
4186 Battery breaker 4 open failure
4187 Battery breaker 4 close failure
4189 Battery breaker 5 open failure
4190 Battery breaker 5 close failure
4192 Battery breaker 6 open failure
4193 Battery breaker 6 close failure
4195 Battery breaker 7 open failure
4196 Battery breaker 7 close failure
4198 Battery breaker 8 open failure
4199 Battery breaker 8 close failure
4200 Battery charging inhibited
4213 System shutdown EPO
4214 System shutdown REPO
4215 System output off
4216 Bypass backfeed detected
4217 Bypass manual transfer inhibited
4218 Bypass manual retransfer inhibited
4219 Battery over temperature
4220 Battery external monitor 1
4221 Battery external monitor 2
4222 Battery ground fault
4229 Emergency power off latched
4230 System output low power factor
4231 Output current exceeds threshold
4233 Inverter failure
4234 Inverter overload phase A
4235 Inverter overload phase B
4236 Inverter overload phase C
4237 Inverter inhibit external
4238 Inverter out breaker open fail
4239 Inverter out breaker close fail
4270 Input contact 01
4271 Input contact 02
4272 Input contact 03
4273 Input contact 04
4274 Input contact 05
4275 Input contact 06
4276 Input contact 07
4277 Input contact 08
4278 Input contact 09
4279 Input contact 10
4280 Input contact 11
4281 Input contact 12
4282 Input contact 13
4283 Input contact 14
4284 Input contact 15
4285 Input contact 16
4286 Output amp over user limit phase A
4287 Output amp over user limit phase B
4288 Output amp over user limit phase C
4289 Inverter transfer inhibit external
4290 Inverter shutdown overload
4295 Rectifier failure
4296 Rectifier operation inhibit external
4297 UPS output on inverter
4298 UPS output on bypass
4299 Output load on maintenance bypass
4300 Internal communications failure
4308 DC bus ground fault positive
4309 DC bus ground fault negative
4310 Equipment over temperature
4311 System fan failure
4313 Password changed
4314 Power supply failure
4315 On generator
4316 Auto restart in progress
4317 Auto restart inhibited external
4320 Initiated transfer to bypass
4321 Initiated transfer to inverter
4322 Battery test passed
4323 Battery test failed
4324 Battery test manually stopped
4325 Backfeed breaker open
4341 Velocity authentication failure
4360 Receptacle over current
4361 Receptacle under current
4382 System input current imbalance
4383 Bypass static switch off external
4384 Battery end of discharge disconnect
4389 System output fault
4390 Inverter off external
4391 Inverter static switch SCR short
4406 Branch over current
4407 Branch under current
4416 Branch over current
4417 Branch under current
4421 Branch failure
4436 PDU over current
4437 PDU under current
4438 System internal temperature rise
4439 Automatic restart failed
4440 Fuse failure
4441 System controller error
4442 System breakers open failure
4448 PDU over current
4449 PDU under current
4468 PDU over current L1
4469 PDU over current L2
4470 PDU over current L3
4471 PDU under current L1
4472 PDU under current L2
4473 PDU under current L3
4492 Receptacle power state on
4493 Receptacle power state off
4494 Branch breaker open
4495 Device configuration change
4496 Basic display module removed
4497 Basic display module discovered
4500 PDU over current
4501 PDU under current
4502 PDU failure
4503 PDU communication fail
4504 Branch removed
4505 Branch discovered
4506 Branch over current
4507 Branch current
4508 Receptacle load removed
4509 Receptacle load added
4523 Module removed
4524 Module added
4550 Firmware update required
4551 Generic test event
4580 Over temperature
4581 Under temperature
4714 Shutdown loss of power
4726 Service required
4729 Fan issue
4732 Receptacle load dropped
4740 Battery automatic test inhibited
4741 Battery self test
4742 Battery low shutdown
4750 Multiple fan failure
4753 Main controller fault
4754 System breakers close failure
4756 Service code active
4757 LBS active
4758 LBS inhibited
4759 Leading power factor
4760 Controls reset required
4823 Parallel communication warning
4824 System communication fail
4825 Loss of redundancy
4826 BPSS startup inhibit
4827 MMS transfer inhibit
4828 MMS retransfer inhibit
4830 MMS loss of sync pulse
4831 MMS overload
4834 MMS on battery
4835 MMS low battery warning
4906 Low ambient temperature
4907 High ambient temperature
4908 Low overall voltage
4909 High overall voltage
4910 High battery string current
4911 Low battery string float current
4912 High battery string float current
4913 High battery string ripple current
4914 Battery string discharge detected
4915 Maximum discharge time exceeded
4916 Discharge low overall voltage
4917 Discharge low cell voltage
4918 Discharge high battery string current
4919 Excessive cell to cell temperature deviation
4920 Excessive cell to ambient temperature deviation
4964 Low cell voltage
4965 High cell voltage
4966 Low cell temperature
4967 High cell temperature
4968 Low internal resistance
4969 High internal resistance
4970 High intercell resistance
4978 Intertier resistance high
4996 Inverter 1 short cycle
4999 Inverter 2 short cycle
5055 Top fan issue
5056 Bottom fan issue
5065 Dig scroll comp 1 over temperature
5104 External over temperature
5105 External loss of flow
5109 Unit on
5110 Unit off
5111 Unit standby
5112 Unit partial shutdown
5113 Unit shutdown
5115 BMS communications timeout
5116 Maintenance due
5117 Maintenance completed
5119 RAM battery issue
5121 High power shutdown
5126 Dig scroll comp 2 over temperature
5144 Output over/under frequency
5145 MMS module alarm active
5149 Battery not qualified
5150 Battery terminals reversed
5151 Battery converter failure
5152 Inverter SCR open
5153 Load sharing fault
5154 DC bus abnormal
5155 Mains input neutral lost
5156 Load impact transfer
5157 User operation invalid
5158 Power sub module fault
5178 Output overvoltage
5179 Output undervoltage
5180 Output overcurrent
5181 Neutral overcurrent
5182 Ground overcurrent
5183 Output voltage THD
5184 Output frequency error
5185 Transformer overtemperature
5212 Panel summary status
5213 Panel overvoltage
5214 Panel undervoltage
5215 Panel overcurrent
5216 Panel neutral overcurrent
5217 Panel ground overcurrent
5226 Branch overcurrent
5227 Branch undercurrent
5245 Subfeed phase overcurrent
5246 Subfeed neutral overcurrent
5247 Subfeed ground overcurrent
5249 Event state
5315 Subgroup event occurred during communication loss
5355 Dig scroll comp over temperature
5376 Main fan overload
5416 External standby unit on
5417 Digital output board not detected
5418 Unit code missing
5419 Unit communication lost
5422 Overtemperature power off
5423 Too many sensors
5432 Transformer overtemperature power off
5433 Transformer overtemperature
5436 Low ambient temperature probe two
5437 High ambient temperature probe two
5438 Thermal runaway detected
5439 Battery string equalize
5440 Battery string offline
5442 Discharge low cell voltage
5447 MMS power sharing
5453 Module in standby intelligent paralleling
5456 ECO mode active
5457 ECO mode suspended
5458 Excess ECO suspends
5471 Door open
5479 Contact closure open
5480 Contact closure closed
5495 External fan issue
5500 External remote shutdown
5512 Remote shutdown
5524 PDU neutral over current
5561 LBS active master
5562 LBS active slave
5563 DC bus low fault
5567 IP inhibit
5568 Input undervoltage
5569 Input overvoltage
5588 Unspecified general event
5609 Thermal runaway cell to ambient temperature event
5610 Thermal runaway cell to cell temperature event
5611 Thermal runaway charger current level one event
5612 Thermal runaway charger current level two event
5768 Outlet air overtemperature limit
5769 EMO shutdown
5770 Top outlet fan fault
5771 MMS over capacity
5775 Unit shutdown unspecified general event
5776 PDU low voltage LN
5777 PDU low voltage LL
5778 PDU low voltage L1 L2
5779 PDU low voltage L2 L3
5780 PDU low voltage L3 L1
5781 PDU low voltage L1 N
5782 PDU low voltage L2 N
5783 PDU low voltage L3 N
5784 Branch low voltage LN
5785 Branch low voltage LL
5786 Branch low voltage
5788 Cont tie active
5792 User kWh reset
5796 Peak kW reset
5798 Bypass overload
5801 Low battery shutdown imminent
5806 Output overload
5807 Output off pending
5808 System shutdown output short
5809 System shutdown low battery
5810 System shutdown remote shutdown
5811 System shutdown hardware fault
5817 Loss of redundancy
5818 Power module failure
5819 Power module warning
5838 Power module fan fault
5839 Power module over temperature
5840 Power module shutdown over temperature
5842 Charger module fan fault
5848 Battery module over temperature
5849 Replace battery module
5850 System shutdown transformer over temperature
5851 Maximum load alarm
5856 Battery module fault
5857 Battery module warning
5863 Transformer fan fault
5865 No load warning
5871 Battery over temperature limit
5873 Unexpected main battery disconnect closure
5874 Battery over voltage
5875 Battery fuse fault
5878 Main battery disconnect forced to unlock
5879 Vdc backfeed
5880 Rectifier configuration change request
5881 Regeneration active
5882 Regeneration operation terminated
5883 Regeneration operation failure
5884 Program input contact 01
5885 Program input contact 02
5886 Program input contact 03
5887 Program input contact 04
5888 Program input contact 05
5889 Program input contact 06
5890 Program input contact 07
5891 Program input contact 08
5892 Program input contact 09
5893 Program input contact 10
5894 Program input contact 11
5895 Program input contact 12
5896 Ground fault detected
5908 External power source A failure
5909 External power source B failure
5924 Mixed mode lockout
5928 Unbalanced load condition
5939 Branch over current protection
5948 Branch low voltage LL
5957 Bypass input voltage fault
5958 Battery temperature out of range
5960 Inverter overload
5967 Modbus power meter communication lost
5968 Inverter desaturation
5969 Generic DIC fault
5970 Ground fault
5973 Input breaker open
5974 Neutral breaker open
5975 Output breaker open
5976 Maintenance bypass breaker closed
5977 Battery breaker open
5978 Rectifier isolation breaker RFB open
5982 Bypass breaker SBB open
5983 Bypass isolation breaker BIB open
5984 Bypass undervoltage warning
5985 Bypass static switch BPSS on
5998 Battery overtemperature warning
6009 Inverter output breaker open
6011 Equipment over temperature warning
6012 Equipment overtemperature limit
6045 Rectifier input breaker open
6046 Load on UPS
6047 Core to core fuse failure
6052 System output breaker open
6059 Inverter relay fault
6060 Transfer to bypass system overload
6061 Input source backfeed
6062 Loss of synchronization
6063 Battery converter current limit
6064 LBS cable failure
6065 Battery charge equalization timeout
6066 Parallel cable failure
6067 Battery fault
6068 Battery room alarm
6080 UPSC communication failure
6119 Slots not available
6180 Battery under voltage
6182 Replace battery
6186 Input frequency deviation
6187 Shutdown pending
6194 System reboot command issued
6205 Water leak detected
6210 Firmware update in progress
6211 Firmware update completed successfully
6212 Firmware update completed unsuccessfully
6216 Precharge circuit failed
6217 Memory card removed
6218 Auto calibration active
6219 Auto calibration failed
6220 Module output breaker open
6221 Neutral voltage fault
6222 Branch load loss
6232 SEC unspecified general event
6233 SEC communication lost
6236 Power source A issue
6237 Power source B issue
6253 Booster failure
6254 Charger failure
6297 Modbus 0-10 V module communication failure
6299 Rack doors open
6333 Bypass out of sync
6348 System output off as requested
6349 System off as requested
6350 General fault
6351 UPS awaiting power
6352 Autonomy calibration
6353 General warning
6354 Battery charging
6355 Backfeed relay failure
6356 Battery circuit open
6357 System restart pending
6438 Power module input current abnormal
6439 Power module balancer of DC bus failure
6440 Power module fuse failure
6441 Power module power supply failure
6450 PDU powered on
6453 Input wiring fault
6454 DC to DC converter fault
6464 Reboot monitoring agent
6474 Save IPv4 settings to agent
6488 Save IPv6 settings to agent
6508 Save LIFETM settings to agent
6522 PDU residual over current
6527 PDU over current protection
6528 Power module lever unlocked
6529 Hardware mismatch
6535 XD module communication lost
6536 MMS capacity exceeded
6538 TSA control input issue
6540 FSA control input issue
6541 Auto tune license expiring
6542 Auto tune license expired
6544 Control units remote shutdown mismatch
6545 Secondary control unit communication lost
6546 Control units unit code mismatch
6547 SSA control input issue
6587 Transfer count cleared
6588 Energy counter cleared
6589 History logs full
6590 History logs cleared
6591 Event log cleared
6592 System date changed
6593 System time changed
6594 Access password changed
6595 Configuration modified
6612 SCR short
6613 SCR open
6614 AC power supply fail
6615 DC power supply fail
6619 Gate drive fail
6620 Surge fail
6621 Fast under voltage
6622 Slow under voltage
6623 Over voltage
6624 Over under frequency fail
6625 General source failure
6626 Over current
6627 Peak current off limit
6628 Sync fail
6629 Input over voltage
6630 Input under voltage
6631 Input over under frequency
6635 Voltage sense fail
6636 Load on alternate source
6637 Under voltage fail
6638 Output over current
6639 Ground over current
6640 Neutral over current
6641 Load voltage THD
6662 Control logic fail
6664 External communications failure
6665 Heat sink over temperature
6666 Automatic transfer inhibited
6667 Input source transfer inhibited
6676 CB1 shunt trip
6677 CB2 shunt trip
6678 CB6 neutral open
6679 Contactor neutral fail
6680 CB1 breaker open
6681 CB2 breaker open
6682 CB4 breaker closed
6683 CB5 breaker closed
6684 CB3 breaker open
6685 CB3A breaker open
6686 CB6 breaker open
6687 CB7 breaker open
6691 Group independent on
6692 Group independent off
6693 Branch residual over current
6694 Receptacle residual over current
6728 Buck on
6729 Boost on
6785 Analog temperature control issue
6786 Subgroup firmware update required
6787 Subgroup secondary control unit issue
6822 Audit log update
7163 Modbus automatic transfer switch communication lost
7164 Battery deep discharge
7461 Battery breaker open failure
7464 Lithium ion battery system abnormal
7465 Lithium ion battery system disconnect request
7467 Thermal margin warning
7475 Check water system
7486 Lithium ion battery system communication abnormal
7487 Lithium ion battery system warning
7488 Lithium ion battery system fault
7518 Surge protection device alarm
7519 Power opposite phase
7520 Power loss of phase
7561 Custom alarm
7568 System shutdown EPO
7569 System shutdown undervoltage
7570 Transformer high temperature
7572 Metering board communication fail
7573 Accessory board communication fail
7574 System misconfiguration
7575 System firmware incompatibility
7576 Main input breaker 1 tripped
7577 Main input breaker 1 accessory error
7578 Main input breaker 1 open fail
7579 Main input breaker 2 tripped
7580 Main input breaker 2 accessory error
7581 Main input breaker 2 open fail
7588 Loss of communication
7589 No initial communication
7590 Misconfiguration
7591 Firmware incompatibility
7697 Output overvoltage
7698 Output undervoltage
7699 Phase overcurrent
7700 Neutral overcurrent
7701 Ground overcurrent
7702 Output frequency deviation
7703 Energy measurement rollover
7704 Input 1 overvoltage
7705 Input 1 undervoltage
7706 Input 1 phase loss
7707 Input 1 invalid phase rotation
7708 Input 1 frequency deviation
7709 Input 1 high voltage THD
7710 Input 2 overvoltage
7711 Input 2 undervoltage
7712 Input 2 phase loss
7713 Input 2 invalid phase rotation
7714 Input 2 frequency deviation
7715 Input 2 high voltage THD
7792 Panelboard phase overcurrent
7793 Panelboard neutral overcurrent
7794 Panelboard ground overcurrent
7795 Panelboard main breaker tripped
7796 Panelboard main breaker accessory error
7797 Panelboard energy measurement rollover
7822 Branch phase overcurrent
7823 Branch phase undercurrent
7824 Branch energy measurement rollover
7896 Panelboard phase overcurrent
7897 Panelboard neutral overcurrent
7898 Panelboard ground overcurrent
7899 Panelboard main breaker tripped
7900 Panelboard main breaker accessory error
7901 Panelboard energy measurement rollover
7953 Subfeed phase overcurrent
7954 Subfeed neutral overcurrent
7955 Subfeed ground overcurrent
7956 Subfeed breaker tripped
7957 Subfeed breaker accessory error
7958 Subfeed energy measurement rollover
8029 Subfeed phase overcurrent
8030 Subfeed neutral overcurrent
8031 Subfeed ground overcurrent
8032 Subfeed breaker tripped
8033 Subfeed breaker accessory error
8034 Subfeed energy measurement rollover
8045 External input contact state
8047 Internal input contact state
8096 Bypass controlling the SCR autonomously
8098 Power module communication status
8100 ECO mode inhibited
8119 Communication bus error
8120 External battery cabinet removed
8125 Internal battery breaker open
8126 All chargers shutdown
8127 Specific charger shutdown
8166 BIB battery breaker power supply failure
8179 Battery management system power supply failure
8192 Water leakage
8194 Battery management system rack is offline warning
8195 Battery management system general warning
8196 Battery management system fault
8197 Battery management system end of discharge warning
8199 Load on bypass union
8200 Bypass control module not available
8201 Bypass module not available
8208 Branch over current
8209 Branch current over HL
8210 Branch current over LL
8211 Branch inrush OC
8212 Branch breaker fail
8227 SPM internal communication failure
8228 SPMCRC check error
8229 SPM board not ready
8231 PHE sup tem snsr fail
8253 Panelboard overvoltage
8254 Panelboard undervoltage
8255 Panelboard frequency deviation
8259 Branch neutral overcurrent
8262 Panelboard overvoltage
8263 Panelboard undervoltage
8264 Panelboard frequency deviation
8267 Subfeed overvoltage
8268 Subfeed undervoltage
8269 Subfeed frequency deviation
8273 Battery temperature abnormal
8274 Discharger shutdown
8283 Bypass unable to trace
8284 Output breaker open
8285 Power module input current high
8286 Parameter configuration failed
8287 Output disabled
8288 Battery terminal abnormal
8290 MOB aux sensing fault
8294 SMPS input power supply failure
8295 Rectifier off, fan power not available
8305 Rectifier overload
8306 Rectifier soft start failure
8307 Battery cabinet connection abnormal
8308 Insufficient capacity to start
8309 Bypass disabled
8310 Auxiliary power fault
8311 Output off due to abnormal bypass
8312 Local output is disconnected
8313 Output off voltage is not zero
8314 Parallel output frequency abnormal
8315 Manual power on
8316 Remote power on
8317 Battery to utility transition
8318 UPS was reset to factory defaults
8319 Device faults were cleared as requested
8320 Scheduled power on occurred
8321 Scheduled power off occurred
8323 Neutral SCR short
8324 Neutral SCR open
8325 Input neutral over current
8326 Neutral snubber fail
8331 Battery cabinet serial number illegal error
8332 Lithium battery cabinet online number error
8333 Lithium battery cabinet communication failure
8334 Lithium battery cabinet does not match the unit
8335 Lithium battery cabinet address set error
8336 Lithium battery cabinet wait charge
8337 Number of lithium battery cabinets over limit
8338 Lithium battery cabinet check
8339 Manual lithium battery wake up occurred
8344 Battery voltage abnormal
8345 Battery temperature abnormal
8346 Battery current abnormal
8347 Battery cabinet address fault
8348 Battery cabinet connect fault
8349 Battery cabinet communication fail
8362 Turn on failed
8368 System output inhibit external
8397 Battery cabinet over temperature
8398 Battery string open
8399 Battery system abnormal
8423 BPHE communication failure
8424 Data collector communication failure
8425 EPIV failure
8426 ATS communication failure
8427 APF communication failure
8429 Battery system communication abnormal
8430 Battery system warning
8431 Battery system fault
8435 Panelboard main breaker open fail
8436 Load loss detected
8438 Battery cabinet parallel failure
8439 Battery cabinet SOH low
8446 Shutdown due to system input backfeed fault
8447 Input neutral ground abnormal
8448 Bypass abnormal in ECO mode
8449 Shutdown due to bypass overcurrent timeout
8450 Shutdown due to bypass backfeed fault
8451 ECO bypass mode
8452 Parallel bypass cable connection abnormal
8455 Load off due to shutdown on battery
8456 System redundant overload
8457 DSP fault condition
8458 On intelligent sleep mode
8459 Fan replaced
8461 TH card alarm
8467 Product run over time alarm
8468 Energy meter communication failure
8469 ATS failure
8470 SMS stop inverter inhibit
8471 Unit in special capacity mode
8472 Rectifier overcurrent warning
8474 Incompatible battery management system version
8475 Lithium battery EOL
8476 Lithium battery sampling circuit failure
8477 Lithium battery hardware circuit protection active
8478 Lithium battery cell capacity low
8479 Lithium battery cable connection issue
8480 Dischargeable battery count less than configured number
8481 Ambient temperature lower than recommended
8482 Ambient temperature higher than recommended
8483 Ambient temperature low pre-alarm
8484 Ambient temperature high pre-alarm
8489 System bypass phase rotation error
8494 System control card not ready
8495 System control card power supply failure
8496 System control card communication fail
8501 Bypass module not ready
8502 Bypass module power supply failure
8503 Bypass module communication fault
8504 Bypass module over temperature
8505 Bypass module fan fault
8510 Discharger failure
8512 Power module not ready
8521 Battery breaker 9 open failure
8522 Battery breaker 10 open failure
8523 Battery breaker 11 open failure
8524 Battery breaker 12 open failure
8537 Battery cabinet high overall voltage
8538 Battery cabinet low overall voltage
8539 Battery cabinet high cell voltage
8540 Battery cabinet low cell voltage
8541 Battery cabinet over overall voltage
8542 Battery cabinet under overall voltage
8543 Battery cabinet over cell voltage
8544 Battery cabinet under cell voltage
8545 Battery cabinet charge over current
8546 Battery cabinet discharge over current
8547 Battery cabinet over temperature
8548 Battery cabinet under temperature
8558 Battery string high cell voltage
8559 Battery string low cell voltage
8560 Battery string over overall voltage
8561 Battery string under overall voltage
8562 Battery string over cell voltage
8563 Battery string under cell voltage
8564 Battery string charge over current
8565 Battery string discharge over current
8566 Battery string over temperature
8567 Battery string under temperature
8579 Battery module high overall voltage
8580 Battery module low overall voltage
8581 Battery module high cell voltage
8582 Battery module low cell voltage
8583 Battery module over overall voltage
8584 Battery module under overall voltage
8585 Battery module over cell voltage
8586 Battery module under cell voltage
8587 Battery module disconnected
8588 Battery module charge over current
8589 Battery module discharge over current
8590 Battery module over temperature
8591 Battery module under temperature
8592 Battery module fault
8605 Battery string high overall voltage
8606 Battery string low overall voltage
8608 Bypass SCR open
8609 Bypass SCR short
8612 Rectifier over temperature
8613 Rectifier communications failure
8615 Inverter over temperature
8616 Inverter communications failure
8617 UPS is in service mode
8621 Ret damp fdback fail
8622 Outdoor dmp fdback fail
8623 Thermal runaway
8628 XDM flow and load cycling
8629 Shunt trip unavailable
8630 Panelboard shunt trip unavailable
8718 System control cards missing
8719 Loss of control redundancy
8724 Battery module not ready
8725 Battery module balancing abnormal
8727 Main battery breaker open failure
8736 Input surge protection device alarm
8737 Bypass surge protection device alarm
8748 Secondary power source supply failure
8751 Spray communication failure
8756 Power meter communication failure
8757 Wet film maintenance alarm
8782 Open door alarm
8786 Inverter transfer inhibit external
8829 Tank loss alarm
8835 Tank surge protection device alarm
8837 Tank custom alarm
8838 Tank high temperature alarm
8839 Tank low temperature alarm
8852 Elevated lower flammability limit warning
8853 Elevated lower flammability limit alarm
8876 Middle fan issue
8881 Tank address repeat alarm
8884 Overcurrent alarm
8885 Overvoltage alarm
8886 Precharge resistor overload alarm
8887 Undervoltage alarm
8888 AC drive overload alarm
8889 Motor overload alarm
8890 Input phase loss alarm
8891 Output phase loss alarm
8892 IGBT overheat alarm
8893 External fault alarm
8894 Contactor exception alarm
8895 Current detection exception alarm
8896 Motor autotuning exception alarm
8897 Encoder PG card exception alarm
8898 Parameter read write exception alarm
8899 Encoder card exception alarm
8900 Motor short to ground alarm
8901 Accumulative running duration reach alarm
8902 User defined fault
8903 User defined alarm
8904 Accumulative power on duration reach alarm
8905 Load loss alarm
8906 PID feedback loss alarm
8907 Parameter exception alarm
8908 Pulse by pulse current limit fault
8909 Excessive speed deviation alarm
8910 Motor overspeed alarm
8911 Motor overtemperature alarm
8912 STO fault
8913 Magnetic pole position autotuning error
8914 Slave fault under master slave control alarm
8915 Self check fault
8916 IGBT fault
8918 Two phase imbalance alarm
8919 Braking overload alarm
8920 Braking module exception
8921 External alarm
8922 Precharge contactor feedback exception
8923 Timing exception
8924 Motor control exception
8925 Motor parameter exception
8926 Auto reset failure
8927 Modbus communication fault
8928 CANopen communication fault
8929 CANlink communication fault
8930 Expansion card fault
8931 Wire breakage input exception protection
8961 Remote transfer lockout
8966 Load on source 1 bypass
8967 Load on source 2 bypass
8984 SCR phase A open
8985 SCR phase B open
8986 SCR phase C open
8987 SCR neutral open
8988 SCR phase A shorted
8989 SCR phase B shorted
8990 SCR phase C shorted
8991 SCR neutral shorted
8992 SCR phase backfeed voltage
8993 SCR phase A overtemp
8994 SCR phase B overtemp
8995 SCR phase C overtemp
8996 SCR neutral overtemp
9012 Fast undervoltage
9013 Slow undervoltage
9014 Phase peak overcurrent
9015 Phase overcurrent
9016 Neutral overcurrent
9017 Summary alarm
9027 Fast undervoltage
9028 Summary alarm
9029 Summary alarm
9040 Source 1 input switch accessory error
9041 Source 2 input switch accessory error
9042 Source 1 bypass switch accessory error
9043 Source 2 bypass switch accessory error
9044 Output switch 1 accessory error
9045 Output switch 2 accessory error
9060 Unit to unit prod type mismatch
9231 Operating out of envelope
"""
"""By what follows E.476.1.42.3.2.7.1."""
